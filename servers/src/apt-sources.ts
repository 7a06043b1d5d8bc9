import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const ARCHIVE = 'http://deb.debian.org/debian';

/** A file of apt's sources. */
interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Those files of the machine's sources that name the release it runs; all of them, if none does (Debian's sid). */
export async function ownSources(): Promise<SourceFile[]> {
  const files = await all();
  const release = (await osRelease('VERSION_CODENAME')) ?? 'none';
  const own = new RegExp(`\\s${release}(-updates|-security|/updates)?\\s`);
  const chosen = files.filter(({ text }) => own.test(text) && /\bmain\b/.test(text));
  return chosen.length > 0 ? chosen : files;
}

/** The line of apt's sources for a suite of Debian, at the mirror from which this machine takes Debian, if it does. */
export async function suiteSource(suite: string): Promise<string> {
  await access(KEYRING).catch(() => {
    throw new Error(`there is no ${KEYRING} (apt-get install debian-archive-keyring)`);
  });
  const texts = (await osRelease('ID')) === 'debian' ? (await ownSources()).map(({ text }) => text) : [];
  // The archive itself: security updates and third parties have other addresses.
  const mirrors = texts.flatMap((text) => [
    ...text.matchAll(/^\s*URIs:\s*(\S+\/debian\/?)(?:\s|$)|^\s*deb\s+(?:\[.*\]\s+)?(\S+\/debian\/?)\s/gm),
  ]);
  const [, first, second] = mirrors[0] ?? [];
  return `deb [signed-by=${KEYRING}] ${first ?? second ?? ARCHIVE} ${suite} main\n`;
}

async function all(): Promise<SourceFile[]> {
  const dir = '/etc/apt/sources.list.d';
  const parts = (await readdir(dir).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name));
  const paths = ['/etc/apt/sources.list', ...parts.map((name) => join(dir, name))];
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch(() => '') })),
  );
}

async function osRelease(field: string): Promise<string | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return new RegExp(`^${field}="?([\\w-]+)`, 'm').exec(text)?.[1];
}
