package renderer

import (
	"encoding/json"
	"fmt"
	"os"
)

// ReadSpec reads the file of JSON that says what a renderer is to do.
func ReadSpec(file string, spec any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read what to render: %w", err)
	}
	if err := json.Unmarshal(data, spec); err != nil {
		return fmt.Errorf("read what to render: %w", err)
	}
	return nil
}
