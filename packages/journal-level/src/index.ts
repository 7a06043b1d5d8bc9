export { type LevelJournalOptions, levelJournal } from './journal.ts';
