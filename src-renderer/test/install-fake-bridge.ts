/** Puts a fake engine behind the page; the scene comes from the query: `?scene=rich`. */
import { createFakeBridge } from './fake-bridge.ts'
import { sceneSnapshot, type Scene } from './fixtures.ts'

const scene = (new URLSearchParams(location.search).get('scene') ?? 'rich') as Scene
const fake = createFakeBridge(scene, sceneSnapshot(scene, Date.now()))
Object.assign(window, { nostrDns: fake.api, fakeEngine: fake.controls })
