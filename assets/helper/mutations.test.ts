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
  ['nothing twice', '*" $word "*) usage ;; *port', '*port', 'refusesBadWords'],
  ['closed list of suffixes', '( nostr| pkarr| key)', '( [a-z]+)', 'refusesBadWords'],
  ['closed list of backends', '(dns-delegate|', '([a-z]+|', 'refusesBadWords'],
  ['what install needs', '|| usage ;; *) usage ;; esac', '|| usage ;; esac', 'refusesBadWords'],
  ['--root refused to root', '[ "$me" != 0 ] ||', 'true ||', 'needsRoot'],
  ['install needs root', 'install | uninstall) [ "$me"', 'uninstall) [ "$me"', 'needsRoot'],
  ['uninstall needs root', 'install | uninstall) [ "$me"', 'install) [ "$me"', 'needsRoot'],
  [
    'the backend the user agreed to',
    '[ "${asked:-$backend}" = "$backend" ]',
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
    '$1 !~ /^d/ || $3 != u || $1 ~ /^.....w/ || $1 ~ /^........w/',
    '$3 != u || $1 ~ /^d....w/ || $1 ~ /^d.......w/',
    'followsNoLinkToAFolder',
  ],
  ['owner of folders', '$3 != u ||', '', 'refusesFoldersOfOthers'],
  ['folders a group can change', '$1 ~ /^.....w/ ||', '', 'refusesFoldersOthersCanChange'],
  ['folders everybody can change', '|| $1 ~ /^........w/', '', 'refusesFoldersOthersCanChange'],
  [
    'folders on the way',
    'then set -- "$@" "$p"; fi',
    'then set -- "$p"; fi',
    'refusesFoldersOthersCanChange',
  ],
  ['safe folders, to write', 'is_safe "$folder" ||', 'true ||', 'refusesFoldersOthersCanChange'],
  [
    'safe folders, to remove',
    'elif ! is_safe "${path%/*}"',
    'elif false',
    'leavesFilesWhereOthersCanChange',
  ],
  [
    'taking back',
    'if apply; then changed=false; fi',
    'changed=false',
    'takesBackWhatItCannotFinish',
  ],
  [
    'left-over temporary files',
    'do rm -f "$root$folder/.$name.tmp"; done',
    'do :; done',
    'writesThroughNoTemporaryFile',
  ],
  [
    'folders of the manifest',
    'case $folders in *" $word "*)',
    'case x in *)',
    'believesNoManifest',
  ],
  [
    'words of the manifest',
    ' && read_words install --backend "$b" --port "$p" --suffix "$@")',
    ')',
    'believesNoManifest',
  ],
  ['plain manifest', '[ ! -L "$root$1" ] && IFS=', 'IFS=', 'followsNoManifestLink'],
  ['files without manifest', 'touched="$touched $path"', ':', 'undoesWithoutManifest'],
  ['services never told', '[ "$noted" != "$(manifest)" ]', 'false', 'finishesWhatWasCutOff'],
  ['services never told, undo', 'then touched=$was;', "then touched='';", 'finishesWhatWasCutOff'],
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
  ['the end, heard or not', '"$commands"; exit', '"$commands" && exit', 'endsUnheard'],
  ['a closed output', '(: 3>&1) ||', 'true ||', 'endsUnheard'],
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

  it.each(mutations.map(([guard, ...rest]) => ({ guard, rest })))('$guard', ({ guard, rest }) => {
    const [from, to, check, shell = 'dash'] = rest
    if (process.getuid?.() !== 0 && needsRoot.includes(check)) return
    expect(text.split(from).length, 'is in the script, once').toBe(2)
    const script = join(folder, `${guard.replaceAll(/\W/gu, '-')}.sh`)
    writeFileSync(script, text.split(from).join(to), { mode: 0o644 })
    expect(() => checks[check]({ roots, script, shell })).toThrow(Error)
  })
})
