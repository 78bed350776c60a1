/** What the commands do, in one part. */
export { evictUnpinnedAndTell } from '../eviction/told';
export { act } from './acts';
export { copyConfiguration } from './clipboard';
export { explain, insertChat } from './questions';
