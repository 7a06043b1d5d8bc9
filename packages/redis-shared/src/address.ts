/** Where a node is reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** An address as a text, by which nodes are told apart. */
export function addressText({ host, port }: Address): string {
  return `${host}:${port}`;
}

/**
 * What `host:port` says; an IPv6 address has colons of its own.
 * @param host what stands for a host that is missing: a node that does not know its own name leaves it out
 */
export function addressOf(text: string, host: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, Math.max(colon, 0)) || host, port: Number(text.slice(colon + 1)) };
}
