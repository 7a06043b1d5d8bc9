import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

/**
 * Runs commands one after the other, all of them whatever fails, says which did, and writes a count for CI.
 * @param {string} name of the report, `reports/<name>.json`
 * @param {{ title: string, command: string, args: string[], cwd?: string, env?: Record<string, string> }[]} steps
 */
export function runSteps(name, steps) {
  const failures = [];
  for (const { title, command, args, cwd, env } of steps) {
    const startedAt = performance.now();
    console.log(`\n▶ ${title}`);
    const { status, error } = spawnSync(command, args, {
      stdio: 'inherit',
      cwd,
      env: { ...process.env, ...env },
    });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (status !== 0) failures.push(title);
    console.log(
      `${status === 0 ? '✔' : '✘'} ${title} (${seconds} s)${error === undefined ? '' : ` ${error.message}`}`,
    );
  }
  mkdirSync('reports', { recursive: true });
  const counts = { passed: steps.length - failures.length, failed: failures.length, skipped: 0 };
  writeFileSync(`reports/${name}.json`, `${JSON.stringify({ ...counts, failures }, undefined, 2)}\n`);
  console.log(`\n${name}: ${counts.passed} of ${steps.length} steps passed`);
  if (failures.length > 0) {
    console.error(`failed: ${failures.join(', ')}`);
    process.exitCode = 1;
  }
}
