import { crashes } from '../../../core/test/crash/crashes.ts';

crashes(() => 'level', 60);
