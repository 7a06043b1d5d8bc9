export { type PostgresStoreOptions, postgresSchema, postgresStore, type Sql } from './postgres-store.ts';
export { type RestStoreOptions, restStore } from './rest-store.ts';
