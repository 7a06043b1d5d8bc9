/** What is under way to one store of this process, in all caches over it. */
export interface Traffic {
  underWay: number;
}

const TRAFFIC = new WeakMap<object, Traffic>();

/** @param door what all adapters have in common that reach the store */
export function trafficOf(door: object): Traffic {
  const known = TRAFFIC.get(door);
  if (known !== undefined) return known;
  const traffic = { underWay: 0 };
  TRAFFIC.set(door, traffic);
  return traffic;
}
