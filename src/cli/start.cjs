// Loads the program. Where this computer refuses that (no descriptor left, a broken disk), nothing of bench but this can report it.
import('./main.mjs').catch((error) => {
  const what = {
    EMFILE: 'too many files are open in this process (ulimit -n)',
    ENFILE: 'too many files are open on this computer',
  };
  if (typeof error.code !== 'string' || !error.syscall) throw error;
  console.error(`bench: could not load ${error.path || __dirname}: ${what[error.code] || error.message}`);
  process.exitCode = 3;
});
