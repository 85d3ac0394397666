import * as fileChecks from './file-checks.ts'
import * as stateChecks from './state-checks.ts'
import type { Subject } from './subject.ts'
import * as wordChecks from './word-checks.ts'

/**
 * What the helper must withstand, as functions of the script: the tests run them against the shipped
 * one, and against mutants of it, of which each must fail the one that guards it.
 */
export const checks = {
  refusesBadWords: wordChecks.refusesBadWords,
  takesAnyOrder: wordChecks.takesAnyOrder,
  needsRoot: wordChecks.needsRoot,
  endsUnheard: wordChecks.endsUnheard,
  installsOnlyWhatWasAgreed: wordChecks.installsOnlyWhatWasAgreed,
  leavesForeignFiles: fileChecks.leavesForeignFiles,
  followsNoLinkToAFile: fileChecks.followsNoLinkToAFile,
  leavesAFolderInTheWay: fileChecks.leavesAFolderInTheWay,
  followsNoLinkToAFolder: fileChecks.followsNoLinkToAFolder,
  refusesFoldersOthersCanChange: fileChecks.refusesFoldersOthersCanChange,
  leavesFilesWhereOthersCanChange: fileChecks.leavesFilesWhereOthersCanChange,
  refusesFoldersOfOthers: fileChecks.refusesFoldersOfOthers,
  takesBackWhatItCannotFinish: fileChecks.takesBackWhatItCannotFinish,
  writesThroughNoTemporaryFile: fileChecks.writesThroughNoTemporaryFile,
  believesNoManifest: stateChecks.believesNoManifest,
  followsNoManifestLink: stateChecks.followsNoManifestLink,
  undoesWithoutManifest: stateChecks.undoesWithoutManifest,
  finishesWhatWasCutOff: stateChecks.finishesWhatWasCutOff,
  isDeafToItsEnvironment: stateChecks.isDeafToItsEnvironment,
  keepsModesWhateverTheMask: stateChecks.keepsModesWhateverTheMask,
  noticesChanges: stateChecks.noticesChanges,
  changesNothingTwice: stateChecks.changesNothingTwice,
  runsNothingBelowARoot: stateChecks.runsNothingBelowARoot,
} as const satisfies Record<string, (subject: Subject) => void>

export type CheckName = keyof typeof checks
