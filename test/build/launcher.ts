/** What one executable in `dist/` starts. */
export interface LauncherOptions {
  /** CommonJS module under `dist/` that starts the program. */
  readonly module: string;
  /** Whether compiled code is kept on disk between runs: worth it for programs that live for milliseconds. */
  readonly cachesCode: boolean;
}

/** The oldest Node.js that the bundles run on (package.json, `engines`). */
const MINIMUM = { major: 24, minor: 15 };

/**
 * The text of an executable. Every Node.js must be able to parse it, however old, so that people with an old
 * one read what is wrong; in a checkout it goes on with the Node.js that `npm ci` has put there. The cache
 * of compiled code lies in the user's own folder, where nobody else can put code.
 */
export function launcherText({ module, cachesCode }: LauncherOptions): string {
  const enableCache = `
  var home = process.env.XDG_CACHE_HOME || path.join(require('os').homedir(), '.cache');
  require('module').enableCompileCache(path.join(home, 'kubectl-sign-policy', 'compile-cache'));`;
  return `#!/usr/bin/env node
'use strict';
var path = require('path');
var version = process.versions.node.split('.').map(Number);
if (version[0] > ${MINIMUM.major} || (version[0] === ${MINIMUM.major} && version[1] >= ${MINIMUM.minor})) {${cachesCode ? enableCache : ''}
  require('./${module}');
} else {
  runWithNewerNode(path.join(__dirname, '..', 'node_modules', '.bin', 'node'));
}

function runWithNewerNode(node) {
  if (!require('fs').existsSync(node)) {
    console.error(
      'error: Cannot run on Node.js ' + process.versions.node + ': ${MINIMUM.major}.${MINIMUM.minor} or newer is needed'
    );
    process.exit(2);
  }
  var child = require('child_process').spawn(node, [__filename].concat(process.argv.slice(2)), {
    stdio: 'inherit'
  });
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on('exit', function (code) {
    process.exit(code === null ? 3 : code);
  });
}
`;
}

/**
 * The text of the module between an executable and its bundle: the one line that an old Node.js could not
 * parse. A bundle that cannot be loaded is trouble, not a refusal (exit codes 3 and 1).
 */
export function starterText(bundle: string): string {
  return `import('./${bundle}').catch(function (error) {
  console.error(error);
  process.exit(3);
});
`;
}
