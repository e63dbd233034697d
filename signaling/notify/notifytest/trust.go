package notifytest

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
)

// Trust makes this process, and those that it starts with its environment,
// trust the certificate of the TLS servers of this package. It has to be
// called before the first certificate is checked: from TestMain.
func Trust(dir string) error {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	file := filepath.Join(dir, "trusted.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	return os.Setenv("SSL_CERT_FILE", file)
}
