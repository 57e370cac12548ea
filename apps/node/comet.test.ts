/** A node beside CometBFT: the rules of its chain. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { makeHome, writeGenesis } from '@salus/ledger/comet/home'
import { sampleGenesis, sampleMember } from '@salus/ledger/samples'
import { cometFolder, openComet, writeCometFile } from './comet.ts'
import type { Founded } from './found.ts'

test('N33 a chain of other rules than the program’s is refused by name before anything is opened', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-comet-'))
  const home = cometFolder(dir)
  const { validator } = await makeHome(home)
  const genesis = sampleGenesis([await sampleMember('alpha')])
  await writeGenesis(home, { genesis, validators: [validator] })
  await writeCometFile(dir, { abci: { path: join(dir, 'abci.sock') }, rpc: 'http://127.0.0.1:9' })
  const open = () => openComet(dir, { genesis } as Founded, () => undefined)
  const file = join(home, 'config', 'genesis.json')
  const right = readFileSync(file, 'utf8')
  for (const [app, code] of [
    ['3', 'data-format-newer'],
    ['0', 'data-format-older'],
    ['x', 'genesis-damaged'],
  ]) {
    writeFileSync(file, right.replace(/"app": "2"/, `"app": "${app}"`))
    await assert.rejects(open(), (error) => isAppError(error) && error.code === code)
  }
  for (const app of ['1', '2']) {
    writeFileSync(file, right.replace(/"app": "2"/, `"app": "${app}"`))
    await (await open()).close()
  }
  rmSync(dir, { recursive: true })
})
