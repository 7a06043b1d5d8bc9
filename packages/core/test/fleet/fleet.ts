import { type Driver, FleetProcess } from './process.ts';

export const CALLERS = 250;

/** What callers of one process were told. */
export interface Told {
  readonly values: readonly unknown[];
  readonly loads: number;
  readonly longestMs: number;
}

/** How a process loads. */
export interface LoadTask {
  readonly key: string;
  readonly value: string;
  readonly loaderMs: number;
  readonly callers?: number;
  readonly lease?: string;
  readonly dies?: { readonly step: string; readonly signal: 'SIGKILL' | 'SIGSTOP' };
}

/** Several processes over one server. */
export class Fleet implements AsyncDisposable {
  readonly processes: readonly FleetProcess[];

  private constructor(processes: readonly FleetProcess[]) {
    this.processes = processes;
  }

  static async start(driver: Driver, url: string, size = 4): Promise<Fleet> {
    const namespace = `fleet${process.pid}-${performance.now()}`;
    const starts = Array.from({ length: size }, () => FleetProcess.start(driver, url, namespace));
    return new Fleet(await Promise.all(starts));
  }

  /** Has some of them load one key, with many callers each. */
  load(task: LoadTask, some: readonly FleetProcess[] = this.processes): Promise<Told[]> {
    return Promise.all(some.map((one) => one.ask<Told>('load', { callers: CALLERS, ...task })));
  }

  /** What each of some finds under a key. */
  get(key: string, some: readonly FleetProcess[] = this.processes): Promise<unknown[]> {
    return Promise.all(some.map((one) => one.ask('get', { key })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((one) => one.end()));
  }
}

export function loadsOf(told: readonly Told[]): number {
  return told.reduce((sum, { loads }) => sum + loads, 0);
}
