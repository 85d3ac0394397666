import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks, type CheckName } from './checks.ts'
import { createFakeRoots, helperPath, type FakeRoots } from './fake-root.ts'

/** A guard of the script taken out, and the check that has to notice. */
type Mutation = readonly [guard: string, from: string, to: string, check: CheckName, shell?: string]

const mutations: readonly Mutation[] = [
  [
    'characters of words',
    "'' | *..* | *//* | *[!A-Za-z0-9/._-]*) usage",
    "'') usage",
    'refusesBadWords',
  ],
  ['words matched whole', 'grep -Eqx', 'grep -Eq', 'refusesBadWords'],
  ['highest port', '-le 65535', '-le 99999', 'refusesBadWords'],
  ['lowest port', '-ge 1024', '-ge 80', 'refusesBadWords'],
  ['nothing twice', '*" $word "*) usage ;; *', '*', 'refusesBadWords'],
  ['closed list of suffixes', '( nostr| pkarr| key)', '( [a-z]+)', 'refusesBadWords'],
  ['closed list of backends', '(dns-delegate|', '([a-z]+|', 'refusesBadWords'],
  ['what install needs', 'install:*) usage ;;', 'install:*) ;;', 'refusesBadWords'],
  ['--root refused to root', '*:/*:0)', '*:/*:none)', 'needsRoot'],
  ['install needs root', 'install::[!0]* |', 'none |', 'needsRoot'],
  ['uninstall needs root', '| uninstall::[!0]*', '| none', 'needsRoot'],
  [
    'the backend the user agreed to',
    '[ "${asked:-$found}" = "$found" ]',
    'true',
    'installsOnlyWhatWasAgreed',
  ],
  ['foreign files', '[ -z "$clash" ] ||', 'true ||', 'leavesForeignFiles'],
  ['marker', '"# $marker" | "; $marker" |', '*) cat "$root$1" ;; none |', 'leavesForeignFiles'],
  ['links that stand for files', '[ ! -L "$root$1" ] && IFS=', 'IFS=', 'followsNoLinkToAFile'],
  [
    'plain files only',
    '{ [ ! -e "$root$path" ] && [ ! -L "$root$path" ]; }',
    'true',
    'leavesAFolderInTheWay',
  ],
  [
    'links that stand for folders',
    '$1 !~ /^d/ || $3 != me || $1 ~ /^.....w/ || $1 ~ /^........w/',
    '$3 != me || $1 ~ /^d....w/ || $1 ~ /^d.......w/',
    'followsNoLinkToAFolder',
  ],
  ['owner of folders', '$3 != me ||', '', 'refusesFoldersOfOthers'],
  ['folders a group can change', '$1 ~ /^.....w/ ||', '', 'refusesFoldersOthersCanChange'],
  ['folders everybody can change', '|| $1 ~ /^........w/', '', 'refusesFoldersOthersCanChange'],
  [
    'folders on the way',
    'then set -- "$@" "$at"; fi',
    'then set -- "$at"; fi',
    'refusesFoldersOthersCanChange',
  ],
  ['safe folders, to write', 'is_safe "$folder" ||', 'true ||', 'refusesFoldersOthersCanChange'],
  [
    'safe folders, to remove',
    'elif ! is_safe "${path%/*}"',
    'elif false',
    'leavesFilesWhereOthersCanChange',
  ],
  ['taking back', '! apply || changed=false', 'changed=false', 'takesBackWhatItCannotFinish'],
  [
    'left-over temporary files',
    'do rm -f "$root$folder/.$name.tmp"; done',
    'do :; done',
    'writesThroughNoTemporaryFile',
  ],
  [
    'folders of the manifest',
    'case $folders in *" $first "*)',
    'case $folders in *)',
    'believesNoManifest',
  ],
  [
    'words of the manifest',
    '(read_words install --backend "$first" --port "$second" --suffix $rest) >/dev/null',
    'true',
    'believesNoManifest',
  ],
  ['plain manifest', '[ ! -L "$root$1" ] && IFS=', 'IFS=', 'followsNoManifestLink'],
  ['files without manifest', 'touched="$touched $path"', ':', 'undoesWithoutManifest'],
  [
    'services never told',
    '[ "$(held "$state/manifest")" != "$(manifest)" ]',
    'false',
    'finishesWhatWasCutOff',
  ],
  ['services never told, undo', 'touched=${was#none}', "touched=''", 'finishesWhatWasCutOff'],
  [
    'programs of the system',
    'export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C',
    'export LC_ALL=C',
    'isDeafToItsEnvironment',
  ],
  [
    'functions of others',
    'unset -f awk cat',
    'unset -f none',
    'isDeafToItsEnvironment',
    'bash --posix',
  ],
  [
    'variables of others',
    "root='' asked='' port=0 suffixes=''",
    'port=0',
    'isDeafToItsEnvironment',
  ],
  ['modes', 'umask 022 && ', '', 'keepsModesWhateverTheMask'],
  ['edited files', 'file $(hash "$root$path") $path', 'file $path', 'noticesChanges'],
  ['nothing to do', "|| finish 0 OK 'It is so already.'", '|| true', 'changesNothingTwice'],
  ['nothing runs below a root', '[ -n "$root" ] || "$@"', '"$@"', 'runsNothingBelowARoot'],
]

let roots: FakeRoots
let folder: string
beforeAll(() => {
  roots = createFakeRoots()
  folder = join(roots.path, 'mutants')
  mkdirSync(folder)
  chmodSync(folder, 0o755)
})
afterAll(() => roots.remove())

describe('without the guard for', () => {
  const text = readFileSync(helperPath, 'utf8')
  const needsRoot: readonly CheckName[] = ['refusesFoldersOfOthers', 'needsRoot']

  it.each(mutations)('%s', (guard, from, to, check, shell = 'dash') => {
    if (process.getuid?.() !== 0 && needsRoot.includes(check)) return
    expect(text.split(from).length, 'is in the script, once').toBe(2)
    const script = join(folder, `${guard.replaceAll(/\W/gu, '-')}.sh`)
    writeFileSync(
      script,
      text.replace(from, () => to),
      { mode: 0o644 },
    )
    expect(() => checks[check]({ roots, script, shell })).toThrow()
  })
})
