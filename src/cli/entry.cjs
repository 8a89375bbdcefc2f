// The first file that Node reads: it says plainly when Node is too old. Old syntax only (ES5), as an old Node must be able to
// read the whole file; what newer ones read is in the file that it loads. The build puts in the version that package.json names.
var needed = BENCH_NEEDS_NODE.split('.');
var found = process.versions.node.split('.');

if (+found[0] < +needed[0] || (+found[0] === +needed[0] && +found[1] < +needed[1])) {
  console.error(
    'bench: Node.js ' +
      needed.join('.') +
      ' or newer is needed; this is ' +
      process.version +
      ' (' +
      process.execPath +
      ').\n' +
      '       Install a newer one from https://nodejs.org/, or with a version manager: nvm install --lts',
  );
  process.exit(3);
} else {
  require('./start.js');
}
