import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Format of the data folder; a change that an older server cannot read raises it. */
export const FORMAT_VERSION = 1;

const DATABASE_FILE = "cosmos.db";
const LOCK_FILE = "lock.db";
/** Pages of the log that may gather before they move into the database file: 16 MiB. */
const CHECKPOINT_PAGES = 4_000;

export type DataFolder = {
  readonly db: DatabaseSync;
  /** Path of the database file, for read-only connections of worker threads; undefined in memory. */
  readonly file: string | undefined;
  readonly close: () => void;
};

/**
 * Opens the folder that holds everything, or a database in memory when no folder is named.
 *
 * errors  an Error that says what to do when the folder is in use, damaged or of a newer version
 */
export const openDataFolder = (directory: string | undefined): DataFolder => {
  if (directory === undefined) {
    const db = new DatabaseSync(":memory:");
    return { db, file: undefined, close: () => db.close() };
  }
  const release = lockFolder(directory);
  try {
    const file = join(directory, DATABASE_FILE);
    const db = openDatabase(file, directory);
    return {
      db,
      file,
      close: () => {
        db.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
};

/** Holds an exclusive lock that the operating system drops with the process, however that ends. */
const lockFolder = (directory: string): (() => void) => {
  try {
    mkdirSync(directory, { recursive: true });
    const lock = new DatabaseSync(join(directory, LOCK_FILE));
    try {
      lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;");
    } catch (error) {
      lock.close();
      throw error;
    }
    return () => lock.close();
  } catch (error) {
    if (messageOf(error).includes("locked")) {
      throw new Error(
        `The data folder ${directory} is in use by another server: stop that one or name another folder.`,
      );
    }
    throw new Error(
      `The data folder ${directory} cannot be opened (${messageOf(error)}): name a folder that can be written.`,
    );
  }
};

const openDatabase = (file: string, directory: string): DatabaseSync => {
  try {
    const db = new DatabaseSync(file);
    db.exec(`
      PRAGMA page_size = 4096;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA cache_size = -65536;
    `);
    checkVersion(db, directory);
    return db;
  } catch (error) {
    if (error instanceof NewerFormatError) throw error;
    throw new Error(
      `The data folder ${directory} is damaged (${messageOf(error)}): restore it from a copy, or delete it to begin anew.`,
    );
  }
};

class NewerFormatError extends Error {}

const checkVersion = (db: DatabaseSync, directory: string): void => {
  const row = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (row.user_version > FORMAT_VERSION) {
    db.close();
    throw new NewerFormatError(
      `The data folder ${directory} has format ${row.user_version}, this version reads up to ${FORMAT_VERSION}: use the newer version, or name another folder.`,
    );
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown");
