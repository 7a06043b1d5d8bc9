import { PGlite } from '@electric-sql/pglite';
import { cube } from '@electric-sql/pglite/contrib/cube';
import { fold, type Place } from './places.ts';

type Parameter = string | number;

const SCHEMA = `
  CREATE EXTENSION cube;
  CREATE TABLE place (
    id int PRIMARY KEY,
    name text NOT NULL,
    folded text NOT NULL,
    country char(2) NOT NULL,
    population int NOT NULL,
    spot cube NOT NULL
  );
`;

const INDEXES = [
  'CREATE INDEX ON place (folded text_pattern_ops)',
  'CREATE INDEX ON place (country, population DESC, id)',
  'CREATE INDEX ON place USING gist (spot)',
  'VACUUM ANALYZE place',
];

const EARTH_RADIUS_KM = 6371;
const COPIES = 10;

/** A PostgreSQL of this process' own, in memory. It has one connection: queries wait for each other. */
export class Database {
  readonly #engine: PGlite;

  private constructor(engine: PGlite) {
    this.#engine = engine;
  }

  static async start(): Promise<Database> {
    const engine = await PGlite.create({ extensions: { cube } });
    await engine.exec(SCHEMA);
    return new Database(engine);
  }

  /** Copies the places in, then indexes them. */
  async load(places: readonly Place[], onProgress: (fraction: number) => void): Promise<void> {
    const size = Math.ceil(places.length / COPIES);
    const steps = COPIES + INDEXES.length;
    for (let step = 0; step < COPIES; step += 1) {
      const rows = places.slice(step * size, (step + 1) * size).map(rowOf);
      await this.#engine.query("COPY place FROM '/dev/blob'", [], { blob: new Blob(rows) });
      onProgress((step + 1) / steps);
      await breathe();
    }
    for (const [done, statement] of INDEXES.entries()) {
      await this.#engine.exec(statement);
      onProgress((COPIES + done + 1) / steps);
      await breathe();
    }
  }

  async query<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]> {
    return (await this.#engine.query<Row>(sql, [...parameters])).rows;
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

/** A point on the globe in space, in km: the nearest there are the nearest on Earth, across the date line too. */
export function spotOf(latitude: number, longitude: number): string {
  const [φ, λ] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  const axes = [Math.cos(φ) * Math.cos(λ), Math.cos(φ) * Math.sin(λ), Math.sin(φ)];
  return `(${axes.map((axis) => (axis * EARTH_RADIUS_KM).toFixed(3)).join(',')})`;
}

function rowOf({ id, name, country, population, latitude, longitude }: Place): string {
  const columns = [id, name, fold(name), country, population, spotOf(latitude, longitude)];
  return `${columns.map((column) => String(column).replace(/[\\\t\n\r]/g, '\\$&')).join('\t')}\n`;
}

/** The engine works without pause in this thread; timers and signals get a turn in between. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
