import { findEngine } from './containers.ts';
import type { Engine } from './engine.ts';
import { canPull, importFolder, pull, tag } from './engine-images.ts';
import { officialImage, ownImage, RELEASES, type Release } from './release.ts';
import { suiteFolder } from './suite.ts';
import { unpacked } from './unpacked.ts';

/** What was done for one image. */
export interface Provided {
  readonly image: string;
  readonly how: 'was there' | 'pulled' | 'made of Debian packages';
}

/**
 * Gives the engine of this machine an image of every server of the matrix: those of their makers where a registry can
 * be reached, else images of Debian packages. Rejects where neither can be had. All of it is bounded in time.
 */
export async function provideImages(report: (provided: Provided) => void): Promise<void> {
  const engine = await findEngine();
  if (engine === undefined) throw new Error('servers: there is no container engine that answers');
  const absent: Release[] = [];
  for (const release of RELEASES) {
    const image = await present(engine, release);
    if (image === undefined) absent.push(release);
    else report({ image, how: 'was there' });
  }
  const [first] = absent;
  if (first === undefined) return;
  const registry = await canPull(engine, officialImage(first.product, first.version));
  for (const release of absent) {
    const official = officialImage(release.product, release.version);
    if (registry && (await pull(engine, official))) report({ image: official, how: 'pulled' });
    else {
      await make(engine, release);
      report({ image: ownImage(release), how: 'made of Debian packages' });
    }
  }
}

async function present(engine: Engine, release: Release): Promise<string | undefined> {
  for (const image of [officialImage(release.product, release.version), ownImage(release)]) {
    if (await engine.has(image, 5000)) return image;
  }
  return undefined;
}

/** All servers of a suite are one image, which has a name for each of them. */
async function make(engine: Engine, release: Release): Promise<void> {
  const own = ownImage(release);
  for (const { suite, ...sibling } of RELEASES) {
    const other = ownImage({ suite, ...sibling });
    if (suite === release.suite && (await engine.has(other, 5000))) return tag(engine, other, own);
  }
  await importFolder(engine, await unpacked(suiteFolder(release.suite)), own);
}
