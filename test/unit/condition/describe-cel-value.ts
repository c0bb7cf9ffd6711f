import { formatTimestamp } from '#shared/condition/cel/library/format-timestamp.ts';
import { CelMap } from '#shared/condition/cel/value/cel-map.ts';
import { CelOpaque } from '#shared/condition/cel/value/cel-opaque.ts';
import { CelOptional } from '#shared/condition/cel/value/cel-optional.ts';
import { CelDuration, CelTimestamp } from '#shared/condition/cel/value/cel-time.ts';
import { CelTypeName } from '#shared/condition/cel/value/cel-type-name.ts';
import { CelUint } from '#shared/condition/cel/value/cel-uint.ts';
import { type CelValue, isCelList } from '#shared/condition/cel/value/cel-value.ts';
import { formatQuantity } from '#shared/condition/format-quantity.ts';
import type { Quantity } from '#shared/condition/quantity.ts';
import type { SemanticVersion } from '#shared/condition/semantic-version.ts';
import type { Address, Network } from '#shared/condition/url/address.ts';
import type { JsonValue } from '#shared/base/json-value.ts';

/** A value with its type, as the fixture of Kubernetes' outcomes writes it; doubles by their bits. */
export function describeCelValue(value: CelValue): JsonValue {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return `bool ${value}`;
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `double ${bitsOf(value)}`;
  if (typeof value === 'string') return `string ${value}`;
  if (isCelList(value)) return { list: value.map(describeCelValue) };
  return describeObject(value);
}

function bitsOf(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16);
}

function describeObject(value: Exclude<Extract<CelValue, object>, readonly CelValue[]>): JsonValue {
  if (value instanceof CelUint) return `uint ${value.value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof CelDuration) return `duration ${value.nanoseconds}`;
  if (value instanceof CelTimestamp) return `timestamp ${formatTimestamp(value)}`;
  if (value instanceof CelTypeName) return `type ${value.name}`;
  if (value instanceof CelMap) return { map: pairsOf(value) };
  if (value instanceof CelOptional)
    return value.value === undefined ? 'none' : { optional: describeCelValue(value.value) };
  return value instanceof CelOpaque ? describeOpaque(value) : null;
}

/** In the order of their keys, since Kubernetes' maps have none. */
function pairsOf(map: CelMap): readonly JsonValue[] {
  return map
    .entries()
    .map(
      ([key, value]) => [JSON.stringify(describeCelValue(key)), describeCelValue(value)] as const,
    )
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => [JSON.parse(key) as JsonValue, value]);
}

function describeOpaque({ kind, payload }: CelOpaque): string {
  switch (kind.name) {
    case 'net.IP':
      return `IP ${(payload as Address).text}`;
    case 'net.CIDR': {
      const { address, bits } = payload as Network;
      return `CIDR ${address.text}/${bits}`;
    }
    case 'kubernetes.Quantity':
      return `Quantity ${formatQuantity(payload as Quantity)}`;
    case 'kubernetes.Semver': {
      const { release, prerelease } = payload as SemanticVersion;
      return `Semver ${release.join('.')}${prerelease.length === 0 ? '' : `-${prerelease.join('.')}`}`;
    }
    case 'kubernetes.NamedFormat':
      return `Format ${(payload as { readonly name: string }).name}`;
    default:
      return 'URL';
  }
}
