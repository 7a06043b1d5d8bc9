/** How many turns of the event loop nothing must have happened for a run to be quiet: core defers by one at most. */
const QUIET_TURNS = 3;

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything run that runs by itself. @param pulse changes whenever something happens */
export async function quiet(pulse: () => number): Promise<void> {
  let before = pulse();
  for (let calm = 0; calm < QUIET_TURNS; calm += 1) {
    await turn();
    if (pulse() === before) continue;
    before = pulse();
    calm = -1;
  }
}
