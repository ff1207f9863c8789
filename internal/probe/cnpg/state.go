package cnpg

import (
	"fmt"
	"strings"
)

// A State is what a cluster is like, as far as a hook must act differently.
type State int

// The states, from the best one. Only Healthy is well.
const (
	// Healthy: the phase says so and the primary is the one that shall be.
	Healthy State = iota
	// Passing: waking up, a switchover, an upgrade, or any other phase that may end.
	Passing
	// Unplugged: the operator does not know a plugin that the cluster needs. It may
	// be starting, or not be installed at all.
	Unplugged
	// Fenced: PostgreSQL is stopped in some instances until the fence is lifted.
	Fenced
	// Supervised: the operator waits for a person.
	Supervised
	// Broken: the operator has given up, or stops until it is given something else.
	Broken
	// Frozen: the operator does not look at the cluster.
	Frozen
	// Hibernated: no instance runs, by wish.
	Hibernated
	// Deleting: the cluster goes away.
	Deleting
)

// State says what the cluster is like, in words that go after its name.
func (c Cluster) State() (state State, why string) {
	phase, reason := c.Phase()
	switch {
	case c.GetDeletionTimestamp() != nil:
		return Deleting, "is being deleted"
	case c.Hibernated():
		return Hibernated, "is hibernated"
	case c.Frozen():
		return Frozen, fmt.Sprintf("is not looked at by the operator (annotation %s: disabled), so its status is of the past", reconciliation)
	case phase == phaseUserAction:
		return Supervised, "is waiting for user action (primaryUpdateStrategy supervised): promote another instance or restart the primary" + because(reason)
	case phase == phaseUnrecoverable:
		return Broken, "is unrecoverable and needs manual intervention" + because(reason)
	case stopped[phase] != "":
		return Broken, fmt.Sprintf("cannot get healthy by itself: phase %q", phase) + because(reason) + "; " + stopped[phase] + ", and sync again"
	case phase == phaseUnknownPlugin:
		return Unplugged, fmt.Sprintf("is not healthy: phase %q", phase) + because(reason)
	case len(c.Fenced()) > 0:
		return Fenced, "has fenced instances: " + fencedNames(c.Fenced())
	}
	return c.moving(phase, reason)
}

func (c Cluster) moving(phase, reason string) (State, string) {
	switch {
	case c.Waking():
		return Passing, "is waking from hibernation"
	case phase == "":
		return Passing, "has no phase yet: the operator has not looked at it"
	case phase != PhaseHealthy:
		return Passing, fmt.Sprintf("is not healthy: phase %q", phase) + because(reason)
	case c.Primary() == "":
		return Passing, "has no primary yet"
	case c.Primary() != c.Target():
		return Passing, c.switching()
	}
	return Healthy, "is healthy"
}

// switching is about a cluster whose primary is not the one that shall be.
func (c Cluster) switching() string {
	return fmt.Sprintf("has a switchover or failover under way: the primary is %s, shall be %s", c.Primary(), c.Target())
}

func fencedNames(names []string) string {
	if names[0] == "*" {
		return "all of them"
	}
	return strings.Join(names, ", ")
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + strings.Join(strings.Fields(reason), " ")
}
