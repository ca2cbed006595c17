import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A failure whose whole story is one sentence: the cause, and what to do. Printed without a stack. */
export class Problem extends Error {}

const NETWORK_CODES =
  /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|CERT_HAS_EXPIRED|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\b/;

/**
 * Says in one sentence why installing failed.
 *
 * A failed compilation comes first: its log may also hold a network error, from the earlier try to
 * fetch a prebuilt binary, which is not what the user has to mend.
 *
 * @param {string} output everything the installer printed
 * @param {{ findsCommand: (name: string) => boolean, logPath: string }} machine
 * @returns {string}
 */
export function installProblem(output, machine) {
  if (/gyp ERR!|node-gyp/.test(output)) return compileProblem(output, machine);
  if (/ERR_PNPM_OUTDATED_LOCKFILE/.test(output)) {
    return "pnpm-lock.yaml does not match the package.json files: run 'npx pnpm install' and commit the lock file.";
  }
  if (/ERR_PNPM_UNSUPPORTED_ENGINE/.test(output)) {
    return `A dependency does not accept Node ${process.versions.node}: use the newest release of Node 20, 22 or 24 and run the command again.`;
  }
  if (/\bENOSPC\b/.test(output)) {
    return "The disk is full: free about 1 GB and run the command again.";
  }
  if (/\b(EACCES|EPERM|EROFS)\b/.test(output)) {
    return `A folder cannot be written: make this folder, your home folder and the npm cache writable for you and run the command again (details: ${machine.logPath}).`;
  }
  const network = NETWORK_CODES.exec(output);
  if (network !== null) {
    return `The package registry cannot be reached (${network[0]}): check the network, the proxy settings and 'npm config get registry', and run the command again.`;
  }
  return `Installing the dependencies failed: read ${machine.logPath}, mend what it names and run the command again.`;
}

function compileProblem(output, machine) {
  const missing = missingBuildTools(machine);
  if (missing.length > 0) {
    return `SQLite has to be compiled on this machine and ${sentenceList(missing)} cannot be found: ${buildToolsAdvice()}, and run the command again.`;
  }
  if (/not found: make|could not find any python|no acceptable C/i.test(output)) {
    return `SQLite has to be compiled on this machine and its build tools do not work: ${buildToolsAdvice()}, and run the command again.`;
  }
  if (/FetchError|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/.test(output)) {
    return "SQLite has to be compiled on this machine and Node's header files can neither be found nor fetched: install them (a Node from its official archive has them) or set npm_config_nodedir to the folder that holds include/node, and run the command again.";
  }
  return `Compiling SQLite failed: read ${machine.logPath}, mend what it names and run the command again.`;
}

/** @returns {string[]} their names, as a sentence would say them */
function missingBuildTools(machine) {
  // On Windows the compiler is found through the registry of installed programs, not on the PATH.
  if (process.platform === "win32") return [];
  const compilers = [process.env.CXX?.split(" ")[0], "c++", "g++", "clang++"];
  const tools = [
    { name: "Python 3", commands: ["python3", "python"] },
    { name: "make", commands: ["make"] },
    { name: "a C++ compiler", commands: compilers.filter((command) => command !== undefined) },
  ];
  return tools
    .filter((tool) => !tool.commands.some((command) => machine.findsCommand(command)))
    .map((tool) => tool.name);
}

function sentenceList(names) {
  return new Intl.ListFormat("en").format(names);
}

function buildToolsAdvice() {
  if (process.platform === "darwin")
    return "install Apple's command line tools with 'xcode-select --install'";
  if (process.platform === "win32")
    return "install Python 3 and the Visual Studio Build Tools with 'Desktop development with C++'";
  return "install Python 3, make and g++ (on Debian and Ubuntu 'apt-get install python3 make g++')";
}

/** Whether an executable of that name, or at that path, is to be found. */
export function findsCommand(name) {
  const folders = name.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(folder === "" ? name : join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
