// Imported first by the door: whatever goes wrong from here on, even a promise
// that never settles and leaves the event loop empty, ends in a temporary
// failure. Node's own defaults would be 0 (queued!) and 13 (permanent).

process.exitCode = 81;
