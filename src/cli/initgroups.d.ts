// What @types/node of Node 20 leaves out. Used by process-io.ts.

declare namespace NodeJS {
  interface Process {
    /** initgroups(3): the groups of the user, and one more. */
    initgroups?: (user: string | number, extraGroup: string | number) => void;
  }
}
