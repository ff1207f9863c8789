package install

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cnpg holds what differs from the manifests of CloudNative-PG and its plugin, and
// the MinIO that backups go to, as a kustomization.
//
//go:embed cnpg
var cnpg embed.FS

// volumesPlaceholder stands for the folder of volumes in these manifests.
const volumesPlaceholder = "/folder-of-volumes"

// CloudNativePG installs the operator of CloudNative-PG and its Barman plugin, by
// their own manifests; a MinIO in the namespace minio, with an empty bucket
// "backups"; and volumes of the StorageClass "local" for a dozen instances. The
// data of both is in the folder volumes of this machine. It returns when all of
// them run. Done again, it makes volumes and the bucket empty that nobody claims
// any more.
func (i *Installer) CloudNativePG(ctx context.Context, volumes string) error {
	if err := i.Load(ctx, "minio", "postgres", "cnpg", "barman", "barman-sidecar"); err != nil {
		return err
	}
	manifests, err := i.cnpg(ctx, volumes)
	if err != nil {
		return fmt.Errorf("cloudnative-pg: %w", err)
	}
	if err := i.pluginSecrets(ctx); err != nil {
		return err
	}
	if err := errors.Join(emptyBucket(volumes), i.freeVolumes(ctx, volumes)); err != nil {
		return err
	}
	if err := i.Apply(ctx, manifests); err != nil {
		return err
	}
	return errors.Join(
		i.Ready(ctx, "cnpg-system", "deployment/cnpg-controller-manager", "deployment/barman-cloud"),
		i.Ready(ctx, "minio", "deployment/minio"))
}

// cnpg builds the manifests.
func (i *Installer) cnpg(ctx context.Context, volumes string) ([]byte, error) {
	operator, err := i.vendor(ctx, "tools/cnpg", "github.com/cloudnative-pg/cloudnative-pg", "releases/cnpg-{{slice .Version 1}}.yaml")
	if err != nil {
		return nil, err
	}
	plugin, err := i.vendor(ctx, "tools/barman", "github.com/cloudnative-pg/plugin-barman-cloud", "manifest.yaml")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"operator.yaml": operator, "plugin.yaml": plugin, "volumes.yaml": volumeManifests(volumes)}
	for _, name := range []string{"kustomization.yaml", "patches.yaml", "minio.yaml"} {
		text, err := cnpg.ReadFile("cnpg/" + name)
		if err != nil {
			return nil, err
		}
		files[name] = []byte(strings.ReplaceAll(string(text), volumesPlaceholder, volumes))
	}
	return kustomize(files)
}

// pluginSecrets gives the operator and the plugin the certificates by which they
// know each other, which cert-manager makes elsewhere. Those that are there stay.
func (i *Installer) pluginSecrets(ctx context.Context) error {
	const namespace = "cnpg-system"
	if err := i.Apply(ctx, []byte("{apiVersion: v1, kind: Namespace, metadata: {name: "+namespace+"}}")); err != nil {
		return err
	}
	for secret, host := range map[string]string{"barman-cloud-server-tls": "barman-cloud", "barman-cloud-client-tls": "barman-cloud-client"} {
		there, err := i.output(ctx, nil, "kubectl", "--namespace="+namespace, "get", "secret", secret, "--ignore-not-found")
		if err != nil {
			return err
		}
		if there != "" {
			continue
		}
		manifest, err := selfSigned(secret, host)
		if err != nil {
			return err
		}
		if err := i.Apply(ctx, manifest, "--namespace="+namespace); err != nil {
			return err
		}
	}
	return nil
}

// The users of MinIO's and PostgreSQL's containers, who own their data.
const (
	minioUser    = 1000
	postgresUser = 26
)

// emptyBucket makes the bucket, whose name is that of its folder.
func emptyBucket(volumes string) error {
	bucket := filepath.Join(volumes, "minio", "backups")
	if err := errors.Join(os.RemoveAll(bucket), os.MkdirAll(bucket, 0o755)); err != nil {
		return err
	}
	return errors.Join(os.Chown(filepath.Dir(bucket), minioUser, minioUser), os.Chown(bucket, minioUser, minioUser))
}

// volumeCount is enough for what the scenarios start at the same time, and for
// what ends meanwhile.
const volumeCount = 12

func volumeName(number int) string { return fmt.Sprintf("volume-%d", number) }

// freeVolumes deletes the volumes that were claimed once and are not now, and
// makes the folders of all that are not claimed.
func (i *Installer) freeVolumes(ctx context.Context, volumes string) error {
	released, err := i.output(ctx, nil, "kubectl", "get", "persistentvolumes",
		"--output=jsonpath={range .items[?(@.status.phase=='Released')]}{.metadata.name} {end}")
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(released) {
		if _, err := i.output(ctx, nil, "kubectl", "delete", "persistentvolume", name); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(volumes, name)); err != nil {
			return err
		}
	}
	for n := range volumeCount {
		folder := filepath.Join(volumes, volumeName(n))
		if err := errors.Join(os.MkdirAll(folder, 0o700), os.Chown(folder, postgresUser, postgresUser)); err != nil {
			return err
		}
	}
	return nil
}

// volumeManifests are a StorageClass that makes no volumes, and the volumes.
func volumeManifests(folder string) []byte {
	var out strings.Builder
	out.WriteString(`apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local}
provisioner: kubernetes.io/no-provisioner
reclaimPolicy: Retain
volumeBindingMode: Immediate
`)
	for n := range volumeCount {
		fmt.Fprintf(&out, `---
apiVersion: v1
kind: PersistentVolume
metadata: {name: %[1]s}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: local
  hostPath: {path: %[2]s/%[1]s, type: Directory}
`, volumeName(n), folder)
	}
	return []byte(out.String())
}
