import type { KubeFolders } from './kube-folders.ts';

/** Image of pod sandboxes; built by stack/src/images. */
export const PAUSE_IMAGE = 'localhost/tenantry-pause:1';

/** Where Debian puts the CNI plugins. */
export const CNI_PLUGINS = '/usr/lib/cni';

/** containerd's config.toml (version 2: containerd 1.6 and 1.7). */
export function containerdConfig(folders: KubeFolders): string {
  const text = JSON.stringify; // A TOML basic string is a JSON string.
  return `version = 2
root = ${text(folders.containerdRoot)}
state = ${text(folders.containerdState)}
# What no pod here needs; "opt" would make /opt/containerd.
disabled_plugins = [
  "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp",
]
[grpc]
  address = ${text(folders.containerdSocket)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  stream_server_address = "127.0.0.1"
  disable_apparmor = true
  # Root without CAP_SYS_RESOURCE may not lower oom_score_adj, and runc then fails with "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  # In the state folder instead of /run/netns, so that teardown finds them.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(CNI_PLUGINS)}
    conf_dir = ${text(folders.cniConfig)}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}
