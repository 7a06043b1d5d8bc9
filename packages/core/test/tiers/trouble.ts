/** One thing that goes wrong for a while. */
export interface Trouble {
  readonly says: string;
  /** @param target one of the fleet. Returns what the servers may have lost by it. */
  happen(target: Target): Promise<Loss | undefined>;
}

/** One of a fleet, as it can be stopped. */
export interface Target {
  pause(): void;
  goOn(): void;
}

/** A time, on the clock of the machine, whose acknowledged writes the servers may lose. */
export interface Loss {
  readonly from: number;
  readonly to: number;
}

/** Has one after the other happen, within so long, each after some calm; what may be lost. */
export async function goThrough(
  troubles: readonly Trouble[],
  ms: number,
  targets: readonly Target[],
): Promise<Loss[]> {
  const begun = now();
  const losses: Loss[] = [];
  for (const [index, trouble] of troubles.entries()) {
    await pause(begun + ((index + 0.25) * ms) / troubles.length - now());
    const loss = await trouble.happen(targets[index % targets.length] as Target);
    if (loss !== undefined) losses.push(loss);
  }
  return losses;
}

/** The clock that the fleet logs by, ms. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
