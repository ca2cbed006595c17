import type { DatabaseProbe } from "@sync/core/states";

/** Everything the rules judge by, gathered beforehand: plain data. */
export interface DoctorFacts {
  /** `20.20.2` */
  readonly node: string;
  readonly nowMs: number;
  readonly databases: readonly DatabaseFacts[];
  readonly pairs: readonly PairFacts[];
  readonly state: PlaceFacts;
  /** `null`: no log is written. */
  readonly log: PlaceFacts | null;
  /** `null` where the system has no such limit. */
  readonly inotifyWatches: number | null;
}

/** Where something lies, or would be made. */
export interface PlaceFacts {
  readonly path: string;
  /** `null`: the system does not say. */
  readonly mount: MountFacts | null;
  /** The folder, this one or one above, that a program copies between machines. */
  readonly copiedFolder: string | null;
  /** Room for what a user may write; `null`: the system does not say. */
  readonly freeBytes: number | null;
  /** The folder, or the nearest one that exists. */
  readonly isFolderWritable: boolean;
}

/** The file system that something lies on. */
export interface MountFacts {
  readonly point: string;
  /** `ext4`, `nfs4`, `fuse.sshfs`, … */
  readonly type: string;
  readonly isReadOnly: boolean;
}

export interface DatabaseFacts {
  /** As the user named it. */
  readonly given: string;
  readonly place: PlaceFacts;
  readonly kind: "missing" | "file" | "other";
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** Bytes of the `-wal` file; `null`: there is none. */
  readonly walBytes: number | null;
  /** Bytes of the `-journal` file; `null`: there is none. */
  readonly journalBytes: number | null;
  /** Who holds locks on it; `null` where the system does not say. */
  readonly locks: LockFacts | null;
  readonly probe: DatabaseProbe;
}

/** Other processes' locks on a database and its `-shm`. */
export interface LockFacts {
  /** Process numbers that have it open and locked in any way. */
  readonly holders: readonly number[];
  /** Those that are writing, or keep others from it. */
  readonly writers: readonly number[];
}

export interface PairFacts {
  /** The config's name of it, or both paths. */
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly isSameFile: boolean;
  /** How many differences between their schemas stop a sync; `null`: they could not be compared. */
  readonly stoppingDifferences: number | null;
}
