// Imported before anything else: until main.ts knows better, this process ends
// with 81, "internal bug", which qmail reports as temporary. An ES module runs
// its imports first, so the line has to stand in a module of its own.

process.exitCode = 81;
