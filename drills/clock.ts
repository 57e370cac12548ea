/**
 * Hospitals whose clocks can be set wrong while they run, node and CometBFT both. CometBFT is its own release, built with one line
 * of it changed: what it takes for now. The operating system has no clock for one process alone (time namespaces shift none but
 * the monotonic ones, and nothing is put before a program without libraries).
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { COMETBFT } from '@salus/ledger/comet/binary'

const run = promisify(execFile)
const MODULE = `github.com/cometbft/cometbft@${COMETBFT}`
const NOW = 'return Canonical(time.Now())'

/** Beside CometBFT's `types/time`: the file lies in the hospital's folder, which holds CometBFT's home. */
const SHIFT = `package time

import (
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"
)

var shifted atomic.Int64

func shift() time.Duration { return time.Duration(shifted.Load()) }

func init() {
	file := ""
	for i, one := range os.Args[:len(os.Args)-1] {
		if one == "--home" {
			file = filepath.Join(filepath.Dir(os.Args[i+1]), "clock")
		}
	}
	look := func() {
		text, _ := os.ReadFile(file)
		ms, _ := strconv.ParseInt(string(text), 10, 64)
		shifted.Store(ms * int64(time.Millisecond))
	}
	look()
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			look()
		}
	}()
}
`

/** The program, built once (half a minute); undefined where Go is not here. */
export async function shiftingComet(): Promise<string | undefined> {
  const program = join(homedir(), '.cache', 'salus', `cometbft-${COMETBFT}-shifting`, 'cometbft')
  if (existsSync(program)) return program
  const found = await run('go', ['mod', 'download', '-json', MODULE], { cwd: tmpdir() }).catch(() => undefined)
  if (!found) return undefined
  const { Dir } = JSON.parse(found.stdout) as { Dir: string }
  const copy = mkdtempSync(join(tmpdir(), 'salus-shifting-'))
  try {
    cpSync(Dir, copy, { recursive: true })
    await run('chmod', ['-R', 'u+w', copy])
    const file = join(copy, 'types', 'time', 'time.go')
    const source = readFileSync(file, 'utf8')
    if (source.split(NOW).length !== 2) throw new Error('CometBFT tells the time in another way now')
    writeFileSync(file, source.replace(NOW, 'return Canonical(time.Now().Add(shift()))'))
    writeFileSync(join(copy, 'types', 'time', 'shift.go'), SHIFT)
    mkdirSync(join(program, '..'), { recursive: true })
    const env = { ...process.env, CGO_ENABLED: '0' }
    await run('go', ['build', '-o', `${program}.new`, './cmd/cometbft'], { cwd: copy, env })
    renameSync(`${program}.new`, program)
    return program
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** From now on the clock of the hospital in `folder` is wrong by so many milliseconds. */
export function setClock(folder: string, ms: number): void {
  writeFileSync(join(folder, 'clock.new'), String(ms))
  renameSync(join(folder, 'clock.new'), join(folder, 'clock'))
}

/** Every node that is started from here on looks at its `clock`; CometBFT too, where it could be built so. */
export async function shiftable(): Promise<{ readonly comet: boolean }> {
  const program = await shiftingComet()
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${import.meta.resolve('./shift.ts')}`
  if (program) process.env.SALUS_COMETBFT = program
  return { comet: program !== undefined }
}
