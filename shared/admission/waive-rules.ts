import type { PolicyException } from '../policy/exception.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Applicability } from './applicable-rules.ts';
import { asksForBypass, bypass, type BypassOptions } from './bypass.ts';
import type { ContextSources } from './context/context-sources.ts';
import type { ExaminedObject } from './examined-object.ts';
import { exceptionWaivers } from './exception-waivers.ts';
import { type WaivedRules, withoutWaived } from './waived-rules.ts';

export interface WaiveRulesOptions extends BypassOptions {
  readonly exceptions: readonly PolicyException[] | undefined;
  /** Undefined where the object cannot be read. */
  readonly examined: ExaminedObject | undefined;
  readonly sources: ContextSources;
}

/** Takes out the rules that need not be asked: by exceptions, or by a bypass in an emergency. */
export async function waiveRules(
  request: AdmissionRequest,
  { rules, undecided }: Pick<Applicability, 'rules' | 'undecided'>,
  options: WaiveRulesOptions,
): Promise<WaivedRules & { readonly warnings: readonly string[] }> {
  const { exceptions = [], examined } = options;
  const images = examined?.images ?? [];
  const wantsBypass = asksForBypass(request);
  if (exceptions.length === 0 && !wantsBypass)
    return { rules, undecided, waived: [], forImages: [], warnings: [] };
  const all = [...rules, ...undecided];
  const excepted = await exceptionWaivers(request, all, { ...options, exceptions });
  const left = withoutWaived({ rules, undecided }, excepted.waivers, images);
  if (!wantsBypass) return { ...left, warnings: excepted.warnings };
  const bypassed = await bypass(request, [...left.rules, ...left.undecided], options);
  const waivers = [...excepted.waivers, ...bypassed.waivers];
  return {
    ...withoutWaived({ rules, undecided }, waivers, images),
    warnings: [...excepted.warnings, ...bypassed.warnings],
  };
}
