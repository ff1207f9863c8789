package draft

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// A system is a preset whose system was recognised.
type system struct {
	preset.Recognised
	// given are inputs that the preset does not find by itself, because a Service
	// has not the labels that it looks for: the Service's selector leads to them.
	given []string
	// chosen are inputs that are decided here, each with the reason.
	chosen []chosen
	// open are inputs whose default cannot be right, each with the reason.
	open []openInput
}

type openInput struct{ name, why string }

// A chosen input has a value that the preset would not have by itself. Why is a
// sentence without its end; "" where that of the one before holds.
type chosen struct {
	preset.Found
	why string
}

// toFill are all inputs that somebody has to fill in.
func (s system) toFill() []openInput {
	var out []openInput
	for _, p := range s.Problems {
		out = append(out, openInput{p.Path[strings.LastIndex(p.Path, ".")+1:], p.Msg})
	}
	return append(out, s.open...)
}

// systems are the presets for objects. Where a preset misses its Service, it is
// asked again with the Services in front of its workloads labelled for it.
func systems(objects []manifest.Object, env preset.Env) ([]system, error) {
	known, err := preset.Recognise(objects, somewhere(env))
	if err != nil {
		return nil, err
	}
	var out []system
	for _, r := range known {
		all, err := each(r, objects, env)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			if err := s.complete(objects, env); err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// complete looks for what the preset has not found by itself.
func (s *system) complete(objects []manifest.Object, env preset.Env) error {
	names, err := s.needs()
	if err != nil {
		return err
	}
	missing := func(in serviceInput) bool { return in.isName() && s.misses(in, objects) }
	if len(s.workloads()) > 0 && slices.ContainsFunc(names, missing) {
		if err := s.askAgain(names, objects, env); err != nil {
			return err
		}
	}
	return s.close(names, objects, env)
}

// somewhere is env with a stand-in for a namespace that nobody knows here: Argo CD
// always knows it, so that it is none of what a policy has to give. No input that is
// written down has it for a default.
func somewhere(env preset.Env) preset.Env {
	if env.AppNamespace == "" {
		env.AppNamespace = "unknown-namespace"
	}
	return env
}

// workloads are those of the objects that show the preset.
func (s *system) workloads() []manifest.Object {
	return slices.DeleteFunc(slices.Clone(s.Because), func(o manifest.Object) bool { return o.Ref().Group != "apps" })
}

// A serviceInput is an input that a preset looks for in Services.
type serviceInput struct {
	name, description, fieldPath string
	// of refers to the input that has the Service's name; "" for any Service.
	of string
	// labels are the selectors that its Service and the preset's workload must meet.
	labels, detect string
	// follows says that its default is that of another input.
	follows bool
}

// isName reports whether the input is the name of a Service that stands for
// itself.
func (in serviceInput) isName() bool { return in.fieldPath == "metadata.name" && !in.follows }

// isPort reports whether the input is the number of a port.
func (in serviceInput) isPort() bool {
	return strings.HasPrefix(in.fieldPath, "spec.ports.") && strings.HasSuffix(in.fieldPath, ".port")
}

func (s *system) needs() ([]serviceInput, error) {
	p, err := preset.Load(s.Name)
	if err != nil {
		return nil, err
	}
	var detect []string
	for _, d := range p.Detect {
		detect = append(detect, d.LabelSelector)
	}
	var out []serviceInput
	for _, in := range p.Inputs {
		if in.Find == nil || !slices.Contains(strings.Split(in.Find.Select.Kind, "|"), "Service") {
			continue
		}
		out = append(out, serviceInput{
			name: in.Name, description: in.Description, fieldPath: in.Find.FieldPath,
			of:     strings.TrimSuffix(strings.TrimPrefix(in.Find.Select.Name, "${"), "}"),
			labels: in.Find.Select.LabelSelector, detect: strings.Join(detect, ","),
			follows: strings.Contains(fmt.Sprint(in.Default), "${"),
		})
	}
	return out, nil
}

// misses reports whether the Service that in names is a guess, or is not there.
func (s *system) misses(in serviceInput, objects []manifest.Object) bool {
	if value(s.Assumed, in.name) != nil {
		return true
	}
	name := value(s.Found, in.name)
	return name != nil && len(called(name, objects)) == 0
}

// called are the Services of this name.
func called(name any, objects []manifest.Object) []manifest.Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o manifest.Object) bool {
		return !o.Ref().Is("", "Service") || o.Ref().Name != fmt.Sprint(name)
	})
}

// value is what list has for an input; nil if nothing.
func value(list []preset.Found, name string) any {
	for _, f := range list {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

func (s *system) askAgain(inputs []serviceInput, objects []manifest.Object, env preset.Env) error {
	labelled := slices.Clone(objects)
	for _, w := range s.workloads() {
		for _, front := range addressed(inFront(w, objects, env)) {
			i := slices.IndexFunc(labelled, func(o manifest.Object) bool { return o.Ref() == front.Ref() })
			o, err := labelled[i].Set(labels(front, w, inputs), "metadata", "labels")
			if err != nil {
				return err
			}
			labelled[i] = o
		}
	}
	before := s.Found
	if err := s.recogniseAgain(labelled, env); err != nil {
		return err
	}
	for _, f := range s.Found {
		if !reflect.DeepEqual(value(before, f.Name), f.Value) {
			s.given = append(s.given, f.Name)
		}
	}
	return nil
}

// recogniseAgain is what the preset finds in other objects.
func (s *system) recogniseAgain(objects []manifest.Object, env preset.Env) error {
	known, err := preset.Recognise(objects, somewhere(env))
	for _, r := range known {
		if r.Name == s.Name {
			s.Recognised = r
		}
	}
	return err
}

// addressed leaves out the Services without an address, unless there is no other.
func addressed(services []manifest.Object) []manifest.Object {
	if i := slices.IndexFunc(services, isHeadless); i > 0 {
		return services[:i]
	}
	return services
}

// labels are those of a Service with what it lacks: those of its workload, and
// those that the preset looks for. What tells a part of the system from another
// is the Service's own business; what the preset knows the system by is not.
func labels(service, workload manifest.Object, inputs []serviceInput) map[string]any {
	out := map[string]any{}
	for _, in := range inputs {
		if !in.isName() {
			continue // it is about a Service with another name, if there is one
		}
		for key, v := range equals(in.labels) {
			out[key] = v
		}
	}
	for _, o := range []manifest.Object{workload, service} {
		own, _ := o.Get("metadata", "labels")
		fields, _ := own.(map[string]any)
		for key, v := range fields {
			out[key] = v
		}
	}
	for _, in := range inputs {
		for key := range equals(in.detect) {
			if v := workload.Label(key); v != "" {
				out[key] = v
			}
		}
	}
	return out
}

// equals are the labels that a selector wants to have one value, or one of
// several: the first of them then.
func equals(selector string) map[string]any {
	out := map[string]any{}
	for _, requirement := range strings.Split(selector, ",") {
		if key, v, ok := strings.Cut(requirement, " in ("); ok {
			out[strings.TrimSpace(key)] = strings.Trim(v, " )")
			continue
		}
		key, v, ok := strings.Cut(requirement, "=")
		if ok && !strings.HasSuffix(key, "!") {
			out[strings.TrimSpace(key)] = strings.TrimSpace(strings.TrimPrefix(v, "="))
		}
	}
	return out
}

// close finds the inputs whose default asks what is not there.
func (s *system) close(inputs []serviceInput, objects []manifest.Object, env preset.Env) error {
	workloads := s.workloads()
	if len(workloads) == 0 {
		return nil
	}
	w := workloads[0].Ref()
	for _, in := range inputs {
		switch {
		case in.isName() && s.misses(in, objects):
			s.leave(in, fmt.Sprintf("no Service that leads to %s is among the objects", w))
		case in.isPort():
			if err := s.closePort(in, workloads[0], objects, env); err != nil {
				return err
			}
		case in.fieldPath == "metadata.namespace" && value(s.Found, in.name) == nil && home(workloads[0], env) != env.AppNamespace:
			s.give(in, w.Namespace)
		}
	}
	return nil
}

// give writes down what the preset does not find by itself.
func (s *system) give(in serviceInput, value any) {
	s.Assumed = slices.DeleteFunc(slices.Clone(s.Assumed), func(f preset.Found) bool { return f.Name == in.name })
	s.Found = append(slices.Clone(s.Found), preset.Found{Name: in.name, Description: in.description, Value: value})
	s.given = append(s.given, in.name)
}

func (s *system) leave(in serviceInput, why string) {
	is := func(f preset.Found) bool { return f.Name == in.name }
	s.Assumed = slices.DeleteFunc(slices.Clone(s.Assumed), is)
	s.Found = slices.DeleteFunc(slices.Clone(s.Found), is)
	s.open = append(s.open, openInput{in.name, in.description + ": " + why})
}

func firstValue(values ...any) any {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
