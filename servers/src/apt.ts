import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from './run.ts';

const NETWORK_MS = 60_000;

/** An apt with lists, cache and settings of its own, in a folder; it needs no root and changes nothing else. */
export class Apt {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Fetches the lists of the distribution's own archives. Third-party ones are slow, down, and not needed. */
  async update(): Promise<string> {
    for (const name of ['lists/partial', 'cache/archives/partial', 'sources.list.d', 'empty', 'debs']) {
      await mkdir(join(this.#dir, name), { recursive: true });
    }
    await writeFile(join(this.#dir, 'nothing-installed'), '');
    await writeFile(join(this.#dir, 'sources.list'), '');
    await this.#copySources();
    await writeFile(this.#conf, this.#settings());
    return run('apt-get', ['-c', this.#conf, 'update'], { ms: NETWORK_MS });
  }

  /** What would have to be installed for these packages; `bare`: as if nothing at all were installed. */
  async missing(packages: readonly string[], bare: boolean): Promise<{ name: string; version: string }[]> {
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
  async download(packages: readonly { name: string; version: string }[]): Promise<string[]> {
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

  /** Copies those sources that name this release; all of them, if none does (Debian's sid). */
  async #copySources(): Promise<void> {
    const dir = '/etc/apt/sources.list.d';
    const parts = (await readdir(dir).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name));
    const all = ['/etc/apt/sources.list', ...parts.map((name) => join(dir, name))];
    const release = /^VERSION_CODENAME="?([\w-]+)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
    const own = new RegExp(`\\s${release ?? 'none'}(-updates|-security|/updates)?\\s`);
    const chosen: string[] = [];
    for (const file of all) {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (own.test(text) && /\bmain\b/.test(text)) chosen.push(file);
    }
    for (const file of chosen.length > 0 ? chosen : all) {
      const target = file.endsWith('.sources') ? basename(file) : `${basename(file, '.list')}.list`;
      await cp(file, join(this.#dir, 'sources.list.d', target)).catch(() => {});
    }
  }
}
