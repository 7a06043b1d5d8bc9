import type { ServerInfo } from './server.ts';

/** Those that there is a matrix of. */
type Product = Exclude<ServerInfo['product'], 'postgres'>;

/** What a test may ask for: any version of a product, or one by the beginning of its version. */
export interface Asked {
  readonly product?: Product;
  readonly version?: string;
}

/** A server that is to be had wherever a registry or Debian's archive can be reached. */
export interface Release {
  readonly product: Product;
  readonly version: string;
  /** The Debian suite that has it. */
  readonly suite: string;
}

/**
 * The servers of the matrix, of each product the best first. Bookworm is stable and stays as it is; forky is what
 * will be the next Debian, and has the newest that Debian has.
 */
export const RELEASES: readonly Release[] = [
  { product: 'redis', version: '8', suite: 'forky' },
  { product: 'redis', version: '7', suite: 'bookworm' },
  { product: 'valkey', version: '9', suite: 'forky' },
  { product: 'memcached', version: '1.6', suite: 'forky' },
  { product: 'memcached', version: '1.6.18', suite: 'bookworm' },
];

const REPOSITORIES: Record<Product, string> = {
  redis: 'redis',
  valkey: 'valkey/valkey',
  memcached: 'memcached',
};

/** The image of the product's own makers. */
export function officialImage(product: Product, version: string): string {
  return `${REPOSITORIES[product]}:${version}-alpine`;
}

/** The image that we make of Debian packages where none can be pulled; its name must not pretend to be another. */
export function ownImage({ product, version }: Release): string {
  return `cache-servers/${product}:${version}`;
}

/** The program, which is also the name of the Debian package. */
export function programOf(product: Product): string {
  return product === 'memcached' ? product : `${product}-server`;
}

/** The first release of the matrix that is asked for by its name; `undefined` for a version that is not in it. */
export function releaseFor({ product, version }: Asked): Release | undefined {
  return RELEASES.find(
    (release) => release.product === product && (version ?? release.version) === release.version,
  );
}

/**
 * The images that will do, the best first.
 * @param given the only one, if there is one
 * @param variable of the environment that may name the only one for tests that take any version
 */
export function chosenImages(
  given: string | undefined,
  variable: string,
  asked: Asked,
  products: readonly Product[],
): string[] {
  const { product, version } = asked;
  const only = given ?? (product === undefined ? process.env[variable] : undefined);
  if (only) return [only];
  if (product !== undefined && version !== undefined) {
    const release = releaseFor(asked);
    return [officialImage(product, version), ...(release ? [ownImage(release)] : [])];
  }
  return RELEASES.filter((release) => (product ? [product] : products).includes(release.product)).flatMap(
    (release) => [officialImage(release.product, release.version), ownImage(release)],
  );
}

/** Whether this is what was asked for: `8` is every 8.x, but not 80. */
export function answersTo(asked: Asked, is: Pick<ServerInfo, 'product' | 'version'>): boolean {
  if (asked.product !== undefined && asked.product !== is.product) return false;
  return asked.version === undefined || `${is.version}.`.startsWith(`${asked.version}.`);
}

/** `redis 8`, `valkey`. */
export function nameOf({ product, version }: Asked): string {
  return [product, version].filter((word) => word !== undefined).join(' ');
}
