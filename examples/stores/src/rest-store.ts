import type { DataStore, StoreCall } from '@cache/core';

export interface RestStoreOptions {
  /** Where the service keeps documents, one a key, with ETags: GET, and PUT with If-Match or If-None-Match. */
  readonly url: string;
  readonly fetch?: typeof fetch;
}

/** A document of the service. What was deleted keeps its place among all writes. */
interface Document<V> {
  readonly value?: V;
  readonly fence: number;
  readonly sequence: number;
}

/** A document as it was seen; without one there is none. */
interface Seen<V> {
  readonly document?: Document<V>;
  readonly etag?: string;
}

/**
 * A REST service as source of truth. That it is never overwritten by a write that comes late takes no more of it than
 * conditional requests: a write reads the document, compares its place, and puts the new one if it is still the same.
 */
export function restStore<V>({ url, fetch: send = fetch }: RestStoreOptions): DataStore<string, V> {
  // A path would take `..` for its parent.
  const at = (key: string): string => `${url}?${new URLSearchParams({ key })}`;

  async function request(key: string, { signal }: StoreCall, init: RequestInit = {}): Promise<Response> {
    return await send(at(key), { ...init, ...(signal && { signal }) });
  }

  async function see(key: string, call: StoreCall = {}): Promise<Seen<V>> {
    const response = await request(key, call);
    if (response.status === 404) {
      await response.body?.cancel();
      return {};
    }
    if (!response.ok) throw await refusal('GET', response);
    const document = (await response.json()) as Document<V>;
    const etag = response.headers.get('etag');
    return etag === null ? { document } : { document, etag };
  }

  /** Writes, unless what is there is newer; what was there. */
  async function put(
    key: string,
    value: V | undefined,
    call: StoreCall = {},
  ): Promise<Document<V> | 'older'> {
    for (;;) {
      const { document: before = { fence: 0, sequence: 0 }, etag } = await see(key, call);
      const { fence = before.fence, sequence = before.sequence } = call;
      if (fence < before.fence || (fence === before.fence && sequence < before.sequence)) return 'older';
      const condition = etag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': etag };
      const headers = { 'Content-Type': 'application/json', ...condition };
      const body = JSON.stringify({ value, fence, sequence });
      const response = await request(key, call, { method: 'PUT', headers, body });
      if (response.ok) {
        await response.body?.cancel();
        return before;
      }
      // Somebody else came between: it may have been newer.
      if (response.status !== 412) throw await refusal('PUT', response);
      await response.body?.cancel();
    }
  }

  return {
    fenced: true,
    get: async (key, call) => (await see(key, call)).document?.value,
    async set(key, value, call) {
      await put(key, value, call);
    },
    async delete(key, call) {
      const before = await put(key, undefined, call);
      return before !== 'older' && before.value !== undefined;
    },
  };
}

async function refusal(method: string, response: Response): Promise<Error> {
  const text = await response.text();
  return new Error(`${method} was answered by ${response.status}${text === '' ? '' : `: ${text}`}`);
}
