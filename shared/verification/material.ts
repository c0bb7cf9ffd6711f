import type { Clock } from '../base/clock.ts';
import { parseReference } from '../image/reference.ts';
import type { AttestationRequirement, AttestorSet, VerifyImagesEntry } from '../policy/model.ts';
import type { SignatureSearch } from '../signature/signature-search.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';
import type { FindOptions } from './discovery-store.ts';
import type { Found } from './found-lines.ts';
import { type SignerAttestor, signersOfSets } from './judge-signer.ts';
import { type NotationAttested, type NotationMaterial, NotationStore } from './notation-store.ts';
import type { ResolvedImage } from './resolved-image.ts';
import { SignatureStore } from './signature-store.ts';

/** What was found by the repository that attestors name; `undefined` is the image's own. */
export type ByRepository<Found> = ReadonlyMap<string | undefined, Found>;

/** All that one entry of a policy has to be judged by. */
export interface Material {
  readonly signatures: ByRepository<DiscoveredSignatures>;
  readonly attestations: ByRepository<DiscoveredSignatures>;
  readonly notation: ByRepository<NotationMaterial>;
  /** By type of attestation. */
  readonly notationAttestations: ReadonlyMap<string, ByRepository<NotationAttested>>;
  /** What is there that no attestor reads: only ever told, never judged. */
  readonly besides: readonly DiscoveredSignatures[];
}

const NO_MATERIAL: Material = {
  signatures: new Map(),
  attestations: new Map(),
  notation: new Map(),
  notationAttestations: new Map(),
  besides: [],
};

export interface MaterialOptions extends FindOptions {
  /** Also looks for what no attestor reads, to tell it. */
  readonly explains?: boolean;
}

/** All of it, to be told. */
export function foundIn(material: Material): readonly Found[] {
  const { signatures, attestations, notation, notationAttestations, besides } = material;
  const attested = [...notationAttestations.values()].flatMap((found) => [...found.values()]);
  return [
    ...signatures.values(),
    ...attestations.values(),
    ...notation.values(),
    ...attested.map(({ items, ...rest }) => ({
      ...rest,
      items: items.flatMap((attestation) => attestation.signatures.items),
    })),
    ...besides,
  ];
}

/** Raw evidence for entries of policies, for all requests of a process. */
export class MaterialStore {
  readonly #signatures: SignatureStore;
  readonly #notation: NotationStore;
  readonly #plain = new WeakMap<readonly AttestorSet[], PlainNames>();

  constructor(clock: Clock) {
    this.#signatures = new SignatureStore(clock);
    this.#notation = new NotationStore(clock);
  }

  /** The same as {@link find}, where nothing has to be fetched for it, which is so for most admissions. */
  kept(
    image: ResolvedImage,
    { attestors, attestations = [] }: VerifyImagesEntry,
    options: MaterialOptions,
  ): Material | undefined {
    const names = attestations.length > 0 ? NOT_PLAIN : this.#plainNames(attestors);
    if (names === NOT_PLAIN) return undefined;
    const signatures = new Map<string | undefined, DiscoveredSignatures>();
    for (const name of names) {
      const found = this.#signatures.kept(searchIn(image, name), options);
      if (found === undefined) return undefined;
      signatures.set(name, found);
    }
    return { ...NO_MATERIAL, signatures };
  }

  /**
   * Everything that the attestors of an entry need, from every repository that they name, side by side.
   * @throws the signal's reason when the caller's time is up.
   */
  async find(
    image: ResolvedImage,
    { attestors, attestations = [] }: VerifyImagesEntry,
    options: MaterialOptions,
  ): Promise<Material> {
    const names = attestations.length > 0 ? NOT_PLAIN : this.#plainNames(attestors);
    if (names !== NOT_PLAIN) {
      const signatures = await findIn(image, names, async (search) =>
        this.#signatures.find(search, options),
      );
      return { ...NO_MATERIAL, signatures };
    }
    const types = new Set(attestations.map(({ predicateType }) => predicateType));
    const attesting = attestations.flatMap((requirement) => requirement.attestors);
    const [signatures, attested, notation, notationAttested, besides] = await Promise.all([
      findIn(image, repositoriesOf(attestors, isSigstore), async (search) =>
        this.#signatures.find(search, options),
      ),
      findIn(image, repositoriesOf(attesting, isSigstore), async (search) =>
        this.#signatures.findAttestations(search, types, options),
      ),
      findIn(image, repositoriesOf(attestors, isNotation), async (search) =>
        this.#notation.find(search, options),
      ),
      this.#notationAttestations(image, attestations, options),
      this.#besides(image, attestors, options),
    ]);
    return {
      signatures,
      attestations: attested,
      notation,
      notationAttestations: notationAttested,
      besides,
    };
  }

  /** Where to look for signatures of cosign's formats, for attestors that want nothing else, as most do. */
  #plainNames(attestors: readonly AttestorSet[]): PlainNames {
    const known = this.#plain.get(attestors);
    if (known !== undefined) return known;
    const isPlain = repositoriesOf(attestors, isNotation).size === 0;
    const names = isPlain ? repositoriesOf(attestors, isSigstore) : NOT_PLAIN;
    this.#plain.set(attestors, names);
    return names;
  }

  async #notationAttestations(
    image: ResolvedImage,
    requirements: readonly AttestationRequirement[],
    options: FindOptions,
  ): Promise<ReadonlyMap<string, ByRepository<NotationAttested>>> {
    const types = [...new Set(requirements.map(({ predicateType }) => predicateType))];
    const found = types.map(async (type) => {
      const attesting = requirements.filter(({ predicateType }) => predicateType === type);
      const sets = attesting.flatMap(({ attestors }) => attestors);
      const byRepository = await findIn(image, repositoriesOf(sets, isNotation), async (search) =>
        this.#notation.findAttestations(search, type, options),
      );
      return [type, byRepository] as const;
    });
    return new Map(await Promise.all(found));
  }

  /** Sigstore signatures where only Notary Project signatures count (MUST-NOT-HAPPEN 33). */
  async #besides(
    image: ResolvedImage,
    attestors: readonly AttestorSet[],
    options: MaterialOptions,
  ): Promise<readonly DiscoveredSignatures[]> {
    const isRead =
      repositoriesOf(attestors, isSigstore).size > 0 ||
      repositoriesOf(attestors, isNotation).size === 0;
    if (options.explains !== true || isRead) return [];
    const { entities } = await this.#signatures.find(searchIn(image, undefined), options);
    return [{ entities, oddities: [], problems: [] }];
  }
}

/** Repositories; undefined is the image's own. */
type PlainNames = ReadonlySet<string | undefined> | typeof NOT_PLAIN;

const NOT_PLAIN = 'not plain';

function isNotation({ kind }: SignerAttestor): boolean {
  return kind === 'notation';
}

function isSigstore({ kind }: SignerAttestor): boolean {
  return kind !== 'notation';
}

function repositoriesOf(
  sets: readonly AttestorSet[],
  reads: (signer: SignerAttestor) => boolean,
): ReadonlySet<string | undefined> {
  const signers = signersOfSets(sets).filter(reads);
  return new Set(signers.map(({ repository }) => repository));
}

function searchIn(
  { registry, reference, digest }: ResolvedImage,
  name: string | undefined,
): SignatureSearch {
  const repository = name === undefined ? reference : parseReference(name);
  return { registry, repository, imageRepository: reference, digest };
}

async function findIn<Found>(
  image: ResolvedImage,
  names: ReadonlySet<string | undefined>,
  find: (search: SignatureSearch) => Promise<Found>,
): Promise<ByRepository<Found>> {
  const [only] = names;
  if (names.size === 1) return new Map([[only, await find(searchIn(image, only))]]);
  const found = [...names].map(async (name): Promise<[string | undefined, Found]> => [
    name,
    await find(searchIn(image, name)),
  ]);
  return new Map(await Promise.all(found));
}
