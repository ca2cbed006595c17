/** What a service is made of. */
export interface ServiceCommand {
  /** Node, our program, and its arguments. */
  readonly command: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A unit for systemd that keeps a watcher running: after crashes, after a reboot, and however often it
 * fails (a network drive that is not there yet); but not after `dbsync stop`, nor with a wrong config.
 *
 * https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html
 */
export function serviceUnit({ command, folder, env }: ServiceCommand): string {
  const environment = KEPT.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === "" ? [] : `Environment=${quoted(`${name}=${value}`)}`;
  });
  return [
    "# Keeps databases in step. As the user who owns them:",
    "#   mkdir -p ~/.config/systemd/user",
    "#   dbsync watch … --print-service > ~/.config/systemd/user/dbsync.service",
    "#   systemctl --user daemon-reload",
    "#   systemctl --user enable --now dbsync",
    "#   loginctl enable-linger    # from boot on, also while nobody is logged in",
    "# Then: systemctl --user status dbsync, dbsync status, dbsync log",
    "",
    "[Unit]",
    "Description=dbsync keeps SQLite databases in step",
    "# However often it fails: it tries again.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `WorkingDirectory=${folder.replaceAll("%", "%%")}`,
    `ExecStart=${command.map((word) => quoted(word.replaceAll("$", "$$$$"))).join(" ")}`,
    ...environment,
    "Restart=on-failure",
    "RestartSec=10",
    "# Wrong usage or config: trying again would not help.",
    "RestartPreventExitStatus=2",
    "SuccessExitStatus=130 143",
    "# The first signal ends it gracefully; the transaction at hand is finished.",
    "KillMode=mixed",
    "TimeoutStopSec=60",
    "NoNewPrivileges=yes",
    "",
    "[Install]",
    "WantedBy=default.target",
  ].join("\n");
}

/** What decides where state, config and log are. */
const KEPT = [
  "SYNC_CONFIG",
  "SYNC_STATE_DIR",
  "SYNC_POLICY",
  "SYNC_MAX_DELETE_PERCENT",
  "SYNC_BUSY_TIMEOUT_MS",
  "SYNC_LOG_FILE",
  "SYNC_LOG_LEVEL",
  "SYNC_LOG_MAX_BYTES",
  "SYNC_LOG_MAX_FILES",
  "SYNC_LOG_MAX_AGE_DAYS",
  "XDG_STATE_HOME",
  "XDG_CONFIG_HOME",
];

/** In quotes with C-style escapes; `%` would begin a specifier of systemd. */
function quoted(word: string): string {
  const escaped = word
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("%", "%%");
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
