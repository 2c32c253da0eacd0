import { contextBridge, ipcRenderer } from 'electron';
import { BRIDGE_NAME, type DesktopBridge, NOTICE_NAMES, QUESTION_NAMES } from '../platform/bridge.ts';

// One function for each name and no way to any other channel: what the window can do is the list in bridge.ts.
const ask = Object.fromEntries(QUESTION_NAMES.map((name) => [name, (input: unknown) => ipcRenderer.invoke(name, input)]));
const on = Object.fromEntries(
  NOTICE_NAMES.map((name) => [
    name,
    (listener: (notice: unknown) => void) => {
      // The event itself stays here: its sender would be a way back to every channel.
      const heard = (_event: unknown, notice: unknown): void => listener(notice);
      ipcRenderer.on(name, heard);
      return () => void ipcRenderer.removeListener(name, heard);
    },
  ]),
);

contextBridge.exposeInMainWorld(BRIDGE_NAME, { ask, on } as unknown as DesktopBridge);
