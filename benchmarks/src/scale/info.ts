import type { Redis } from 'ioredis';

/** What a server has done up to now. */
export interface Info {
  /** Time on the processor, of all its threads. */
  readonly cpuMs: number;
  /** Those that scripts call among them. */
  readonly commands: number;
  readonly bytes: number;
  /** On the clock of the machine. */
  readonly atMs: number;
}

export async function infoOf(admin: Redis): Promise<Info> {
  const text = await admin.info('everything');
  const field = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1]);
  return {
    cpuMs: 1000 * (field('used_cpu_user') + field('used_cpu_sys')),
    commands: field('total_commands_processed'),
    bytes: field('total_net_output_bytes'),
    atMs: now(),
  };
}

/** The clock of the machine, the same in every process, ms. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
