import { execFile } from 'node:child_process';

/** Runs a program to its end and gives what it printed; rejects with the tail of that if it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: { ms: number; cwd?: string; env?: Record<string, string> },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      {
        timeout: options.ms,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout + stderr);
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
          return reject(new Error(`there is no ${program} on PATH`));
        }
        const why = error.killed ? `took more than ${options.ms} ms` : 'failed';
        const said = (stderr || stdout).trim().split('\n').slice(-4).join(' | ');
        reject(new Error(`${program} ${args.find((arg) => /^[a-z]+$/.test(arg)) ?? ''} ${why}: ${said}`));
      },
    );
  });
}
