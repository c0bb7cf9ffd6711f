import type { Operation } from 'fast-json-patch';
import type { Decision, ImageRecord } from '#shared/admission/decision.ts';
import { type ImageOutcome, type Judgement, imageJudgements } from './judgement.ts';

/** The document of `-o json` and `-o yaml`; fields are only ever added (docs/dry-run.md). */
export interface DryRunResult {
  readonly apiVersion: 'sign-policy.dev/v1alpha1';
  readonly kind: 'DryRunResult';
  readonly summary: {
    readonly admitted: number;
    readonly denied: number;
    readonly unknown: number;
  };
  readonly items: readonly ResultItem[];
}

interface ResultItem {
  readonly origin: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly outcome: Decision['outcome'];
  readonly message: string;
  readonly warnings: readonly string[];
  readonly patch: readonly Operation[];
  readonly images: readonly ResultImage[];
  /** What rules said of the object as a whole. */
  readonly rules: readonly ResultRule[];
}

interface ResultImage {
  readonly container: string;
  readonly path: string;
  readonly image: string;
  readonly digest: string | null;
  readonly pinned: string | null;
  readonly decision: ImageOutcome;
  readonly rules: readonly ResultRule[];
}

interface ResultRule {
  readonly policy: string;
  readonly rule: string;
  readonly mode: string;
  readonly result: 'pass' | 'skip' | 'fail' | 'error';
  readonly reason: string | null;
  readonly message: string;
  readonly details: readonly string[];
}

/** The structured form of everything that was decided. */
export function dryRunResult(judgements: readonly Judgement[]): DryRunResult {
  const count = (outcome: Decision['outcome']): number =>
    judgements.filter(({ decision }) => decision.outcome === outcome).length;
  return {
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'DryRunResult',
    summary: { admitted: count('admitted'), denied: count('denied'), unknown: count('unknown') },
    items: judgements.map(resultItem),
  };
}

/** `-o patch`: what identifies the object, and its JSON patch (RFC 6902). */
export function patchLine({ request, decision }: Judgement): string {
  const { group, version, kind, namespace, name } = request;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return JSON.stringify({ apiVersion, kind, namespace, name, patch: decision.patch });
}

function resultItem(judgement: Judgement): ResultItem {
  const { subject, request, decision } = judgement;
  const { group, version, kind, namespace, name } = request;
  return {
    origin: subject.origin,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    namespace,
    name,
    outcome: decision.outcome,
    message: decision.message,
    warnings: decision.warnings,
    patch: decision.patch,
    images: resultImages(judgement),
    rules: decision.records.filter(({ pointer }) => pointer === undefined).map(resultRule),
  };
}

function resultImages(judgement: Judgement): readonly ResultImage[] {
  const { records } = judgement.decision;
  return imageJudgements(judgement).flatMap(({ image, outcome }) => {
    if (image === undefined) return [];
    const rules = records.filter(({ pointer }) => pointer === image.pointer);
    return [
      {
        container: image.container,
        path: image.pointer,
        image: image.written,
        digest: image.digest ?? null,
        pinned: image.pinned ?? null,
        decision: outcome,
        rules: rules.map(resultRule),
      },
    ];
  });
}

function resultRule({ policy, rule, mode, verdict }: ImageRecord): ResultRule {
  const isBad = verdict.kind === 'fail' || verdict.kind === 'error';
  return {
    policy,
    rule,
    mode,
    result: verdict.kind,
    reason: isBad ? verdict.reason : null,
    message: verdict.message,
    details: isBad ? verdict.details : [],
  };
}
