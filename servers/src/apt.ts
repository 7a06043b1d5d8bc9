import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ownSources, suiteSource } from './apt-sources.ts';
import type { Package } from './debs.ts';
import { run } from './run.ts';

const NETWORK_MS = 60_000;

/** An apt with lists, cache and settings of its own, in a folder; it needs no root and changes nothing else. */
export class Apt {
  readonly #dir: string;
  readonly #suite: string | undefined;

  /** @param suite of Debian, instead of the release that this machine runs */
  constructor(dir: string, suite?: string) {
    this.#dir = dir;
    this.#suite = suite;
  }

  /** Fetches the lists of the distribution's own archives. Third-party ones are slow, down, and not needed. */
  async update(): Promise<string> {
    for (const name of ['lists/partial', 'cache/archives/partial', 'sources.list.d', 'empty', 'debs']) {
      await mkdir(join(this.#dir, name), { recursive: true });
    }
    await writeFile(join(this.#dir, 'nothing-installed'), '');
    await writeFile(join(this.#dir, 'sources.list'), '');
    await this.#writeSources();
    await writeFile(this.#conf, this.#settings());
    return run('apt-get', ['-c', this.#conf, 'update'], { ms: NETWORK_MS });
  }

  /** What would have to be installed for these packages; `bare`: as if nothing at all were installed. */
  async missing(packages: readonly string[], bare: boolean): Promise<Package[]> {
    const status = bare ? ['-o', `Dir::State::status=${join(this.#dir, 'nothing-installed')}`] : [];
    const plan = await run(
      'apt-get',
      [
        ...['-c', this.#conf, ...status, '-s', '-y', '--no-install-recommends', '--reinstall'],
        ...['install', ...packages],
      ],
      { ms: NETWORK_MS },
    );
    const lines = plan.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) /gm);
    return Array.from(lines, ([, name = '', version = '']) => ({ name, version }));
  }

  /** Downloads packages and gives their files. */
  async download(packages: readonly Package[]): Promise<string[]> {
    const names = packages.map(({ name, version }) => `${name}=${version}`);
    const cwd = join(this.#dir, 'debs');
    await run('apt-get', ['-c', this.#conf, 'download', ...names], { ms: NETWORK_MS, cwd });
    const files = await readdir(cwd);
    return files.filter((name) => name.endsWith('.deb')).map((name) => join(cwd, name));
  }

  get #conf(): string {
    return join(this.#dir, 'apt.conf');
  }

  #settings(): string {
    const at = (name: string) => `"${join(this.#dir, name)}"`;
    return `
Dir::State::lists ${at('lists')};
Dir::Cache ${at('cache')};
Dir::Etc::sourcelist ${at('sources.list')};
Dir::Etc::sourceparts ${at('sources.list.d')};
// Pins of the machine must not forbid what nobody installs.
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts ${at('empty')};
Debug::NoLocking "1";
// As root apt would download as the user _apt, who may not write here.
APT::Sandbox::User "root";
// The machine's hooks (Docker images have some that empty /var/cache/apt) are not for us.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
// Nothing but the lists of packages.
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::CNF;
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
#clear Acquire::Languages;
Acquire::Languages "none";
Acquire::PDiffs "false";
Acquire::GzipIndexes "true";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
`;
  }

  async #writeSources(): Promise<void> {
    const dir = join(this.#dir, 'sources.list.d');
    if (this.#suite !== undefined) {
      await writeFile(join(dir, 'suite.list'), await suiteSource(this.#suite));
      return;
    }
    for (const { path, text } of await ownSources()) await writeFile(join(dir, basename(path)), text);
  }
}
