import { contextBridge } from 'electron'

contextBridge.exposeInMainWorld('nostrDns', Object.freeze({ platform: process.platform }))
