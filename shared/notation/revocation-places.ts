import { type Der, derItems, readDer } from './der.ts';
import type { Certificate } from './certificate.ts';
import { sequence } from './der-tag.ts';
import { oidOf } from './der-values.ts';

/** Where the status of a certificate can be had. */
export interface RevocationPlaces {
  readonly ocsp: readonly string[];
  /** One list for each distribution point; the addresses of a point are alternatives. */
  readonly crl: readonly (readonly string[])[];
}

/** RFC 5280 §4.2.1.13, §4.2.2.1, §4.2.1.15. */
const CRL_DISTRIBUTION_POINTS = '2.5.29.31';
const AUTHORITY_INFORMATION = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';

/** GeneralName: uniformResourceIdentifier. */
const URI = 0x86;

/** Certificates name one or two places; each costs a request. */
const MAX_PLACES = 4;

/** The places a certificate names. @throws {DerError} */
export function revocationPlaces({ extensions }: Certificate): RevocationPlaces {
  const information = extensions.get(AUTHORITY_INFORMATION)?.value;
  const points = extensions.get(CRL_DISTRIBUTION_POINTS)?.value;
  return {
    ocsp: information === undefined ? [] : ocspAddresses(information).slice(0, MAX_PLACES),
    crl: points === undefined ? [] : distributionPoints(points),
  };
}

/** The addresses in each DistributionPoint of an extension's value. @throws {DerError} */
export function distributionPoints(value: Buffer): readonly (readonly string[])[] {
  const points = sequence(readDer(value));
  if (points.length > MAX_PLACES) throw new RangeError('it names too many distribution points');
  return points.map((point) => pointAddresses(sequence(point)[0]).slice(0, MAX_PLACES));
}

/** DistributionPointName: `[0] { [0] GeneralNames }`; names of another form have no address. @throws {DerError} */
export function pointAddresses(name: Der | undefined): readonly string[] {
  if (name?.tag !== 0xa0) return [];
  const [full] = derItems(name);
  return full?.tag === 0xa0 ? derItems(full).flatMap(addressOf) : [];
}

function ocspAddresses(value: Buffer): readonly string[] {
  return sequence(readDer(value)).flatMap((description) => {
    const [method, location] = sequence(description);
    return location !== undefined && oidOf(method) === OCSP ? addressOf(location) : [];
  });
}

function addressOf(name: Der): readonly string[] {
  return name.tag === URI ? [name.content.toString('latin1')] : [];
}
