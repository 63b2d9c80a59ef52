package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"
)

// TaskTime bounds a task, which may take longer than jobs that callers wait for.
// What is left over is found the next time.
const TaskTime = 10 * time.Minute

// Task is what a service does by the clock: at its start, and every so often, by
// one replica at a time.
type Task struct {
	Name  string
	Every time.Duration
	// Do returns how much there was to do.
	Do func(context.Context) (int, error)
}

// Housekeeping is the job that does a task.
type Housekeeping struct {
	Task string `json:"task"`
}

// Kind names the job in the queue.
func (Housekeeping) Kind() string { return "housekeeping" }

func periodic(tasks []Task) (jobs []*river.PeriodicJob) {
	for _, t := range tasks {
		jobs = append(jobs, river.NewPeriodicJob(river.PeriodicInterval(t.Every), func() (river.JobArgs, *river.InsertOpts) {
			// The next one comes by the clock, so that a failure need not be repeated.
			return Housekeeping{t.Name}, &river.InsertOpts{MaxAttempts: 1}
		}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	return jobs
}

// housekeeper works on tasks.
type housekeeper struct {
	river.WorkerDefaults[Housekeeping]
	do  map[string]func(context.Context) (int, error)
	log *zap.Logger
}

func newHousekeeper(tasks []Task, log *zap.Logger) *housekeeper {
	h := &housekeeper{do: map[string]func(context.Context) (int, error){}, log: log}
	for _, t := range tasks {
		h.do[t.Name] = t.Do
	}
	return h
}

// Timeout bounds a task.
func (*housekeeper) Timeout(*river.Job[Housekeeping]) time.Duration { return TaskTime }

// Work does the task and tells what there was to do.
func (h *housekeeper) Work(ctx context.Context, job *river.Job[Housekeeping]) error {
	do, known := h.do[job.Args.Task]
	if !known {
		return river.JobCancel(fmt.Errorf("there is no task %q any more", job.Args.Task))
	}
	done, err := do(ctx)
	if done > 0 {
		h.log.Info("housekeeping", zap.String("task", job.Args.Task), zap.Int("done", done))
	}
	return err
}
