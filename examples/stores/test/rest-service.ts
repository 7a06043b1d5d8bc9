import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A service that keeps documents, as somebody else may have written it: it knows nothing of caches. */
export class RestService {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/documents`;
  }

  static async start(): Promise<RestService> {
    const documents = new Documents();
    const server = createServer((request, response) => void documents.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RestService(server);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

class Documents {
  readonly #kept: Map<string, { readonly etag: string; readonly body: string }> = new Map();
  #changes = 0;

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const key = searchParams.get('key') ?? '';
    // The body first: what is compared and what is put is one step.
    const body = request.method === 'PUT' ? await text(request) : '';
    const kept = this.#kept.get(key);
    const end = (status: number, headers = {}, content = ''): void => {
      // Every request has a connection of its own, so that none is left when a test looks.
      response.writeHead(status, { Connection: 'close', ...headers }).end(content);
    };
    if (request.method === 'GET') {
      if (kept === undefined) return end(404);
      return end(200, { ETag: kept.etag, 'Content-Type': 'application/json' }, kept.body);
    }
    if (request.method !== 'PUT') return end(405);
    const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
    if (match !== undefined && match !== kept?.etag) return end(412);
    if (noneMatch === '*' && kept !== undefined) return end(412);
    if (JSON.parse(body).value?.refused === true) return end(422, {}, 'the document is refused');
    this.#changes += 1;
    const etag = `"${this.#changes}"`;
    this.#kept.set(key, { etag, body });
    end(204, { ETag: etag });
  }
}
