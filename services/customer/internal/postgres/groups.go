package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
)

// GroupKey is the place of a group in a list.
type GroupKey struct {
	Name string            `json:"n"`
	ID   customers.GroupID `json:"i"`
}

// InsertGroup stores a new group.
func (s *Store) InsertGroup(ctx context.Context, g customers.Group) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO customer_groups (group_id, display_name, create_time)
		VALUES ($1, $2, $3)`, g.ID, g.Name, g.CreateTime)
	return explain(err, "insert group")
}

// Group returns a group with its members in the order of their ids, or
// customers.ErrGroupNotFound.
func (s *Store) Group(ctx context.Context, id customers.GroupID) (customers.Group, error) {
	var g customers.Group
	err := s.tx.QueryRow(ctx, `
		SELECT g.group_id, g.display_name, g.create_time,
		       ARRAY(SELECT c.customer_id FROM customers c WHERE c.group_id = g.group_id ORDER BY c.customer_id)
		FROM customer_groups g
		WHERE g.group_id = $1`, id).Scan(&g.ID, &g.Name, &g.CreateTime, &g.Members)
	g.CreateTime = g.CreateTime.UTC()
	return g, missing(err, customers.ErrGroupNotFound, "read group")
}

// ListGroups returns up to limit groups after a place, in the order of their
// names, then ids, without members.
func (s *Store) ListGroups(ctx context.Context, after GroupKey, limit int) ([]customers.Group, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT group_id, display_name, create_time
		FROM customer_groups
		WHERE (display_name COLLATE "C", group_id COLLATE "C") > ($1, $2)
		ORDER BY display_name COLLATE "C", group_id COLLATE "C"
		LIMIT $3`, after.Name, after.ID, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g customers.Group, err error) {
		err = row.Scan(&g.ID, &g.Name, &g.CreateTime)
		g.CreateTime = g.CreateTime.UTC()
		return g, err
	})
	return list, explain(err, "list groups")
}
