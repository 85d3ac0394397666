import { describe, expect, it } from 'vitest'
import type { Contact } from './contact.ts'
import { createRoutingTable } from './routing-table.ts'

const ownId = new Uint8Array(20)

/** A node in the bucket of ids whose first bit differs from ours. */
const far = (number: number, host = `127.0.0.1`): Contact => {
  const id = new Uint8Array(20)
  id[0] = 0x80
  id[19] = number
  return { id, host, port: 1000 + number }
}

function table(): ReturnType<typeof createRoutingTable> {
  let now = 0
  return createRoutingTable(ownId, () => (now += 1))
}

describe('createRoutingTable', () => {
  it('keeps 20 nodes a bucket, and those that answer before any newcomer', () => {
    const nodes = table()
    for (let number = 0; number < 30; number += 1) nodes.heard(far(number))
    expect(nodes.size()).toBe(20)
    expect(nodes.good()).toContainEqual(far(0))
    expect(nodes.good()).not.toContainEqual(far(29))
  })

  it('gives the place of a node that failed, or was only recalled, to one that answered', () => {
    const nodes = table()
    nodes.recall(far(0))
    for (let number = 1; number < 20; number += 1) nodes.heard(far(number))
    nodes.heard(far(20))
    expect(nodes.closest(far(0).id, 30)).not.toContainEqual(far(0))
    nodes.failed(far(7))
    nodes.heard(far(21))
    expect(nodes.good()).not.toContainEqual(far(7))
    expect(nodes.good()).toContainEqual(far(21))
    nodes.recall(far(22))
    expect(nodes.closest(far(22).id, 30)).not.toContainEqual(far(22))
  })

  it('forgives failures when the node answers again, and drops it after three in a row', () => {
    const nodes = table()
    nodes.heard(far(1))
    nodes.failed(far(1))
    nodes.failed(far(1))
    expect(nodes.good()).toEqual([])
    nodes.heard(far(1))
    expect(nodes.good()).toEqual([far(1)])
    for (let failure = 0; failure < 3; failure += 1) nodes.failed(far(1))
    expect(nodes.size()).toBe(0)
  })

  it('takes one node a public address, until that one fails', () => {
    const nodes = table()
    nodes.heard(far(1, '203.0.113.7'))
    nodes.heard(far(2, '203.0.113.7'))
    expect(nodes.good()).toEqual([far(1, '203.0.113.7')])
    nodes.failed(far(1, '203.0.113.7'))
    nodes.heard(far(2, '203.0.113.7'))
    expect(nodes.good()).toEqual([far(2, '203.0.113.7')])
  })

  it('follows a node to a new id', () => {
    const nodes = table()
    nodes.heard(far(1))
    const renamed = { ...far(1), id: new Uint8Array(20).fill(9) }
    nodes.heard(renamed)
    expect(nodes.closest(ownId, 5)).toEqual([renamed])
  })

  it('gives the closest first, and the last heard first', () => {
    const nodes = table()
    for (const number of [4, 1, 3, 2]) nodes.heard(far(number))
    expect(nodes.closest(far(0).id, 2)).toEqual([far(1), far(2)])
    expect(nodes.good()[0]).toEqual(far(2))
  })
})
