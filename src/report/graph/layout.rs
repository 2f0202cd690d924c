//! Where the services of a graph stand: in columns from who needs others to who is needed, the rest below.

use std::collections::BTreeMap;

use super::Edge;

/// How often columns are ordered after their neighbours; more changes nothing in fleets of any size seen.
const SWEEPS: usize = 6;

/// Columns and rows, counted from 0.
#[derive(Debug)]
pub(super) struct Layout {
    /// The services of each column from top to bottom: who needs others is left of them.
    pub(super) columns: Vec<Vec<usize>>,
    /// The services that no edge touches.
    pub(super) alone: Vec<usize>,
}

impl Layout {
    pub(super) fn new(nodes: usize, edges: &[Edge]) -> Self {
        let depths = depths(nodes, edges);
        let mut is_linked = vec![false; nodes];
        for edge in edges {
            is_linked[edge.from] = true;
            is_linked[edge.to] = true;
        }
        let (linked, alone): (Vec<_>, Vec<_>) = (0..nodes).partition(|node| is_linked[*node]);
        let last = linked.iter().map(|node| depths[*node]).max().unwrap_or(0);
        let mut columns = vec![Vec::new(); if linked.is_empty() { 0 } else { last + 1 }];
        for node in linked {
            columns[last - depths[node]].push(node);
        }
        for sweep in 0..SWEEPS {
            order(&mut columns, edges, nodes, sweep % 2 == 0);
        }
        Self { columns, alone }
    }
}

/// The longest way from each node to one that needs nothing. The fleet's checks refuse circles; in one, a node
/// would count as one that needs nothing.
fn depths(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    let mut needs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for edge in edges {
        needs.entry(edge.from).or_default().push(edge.to);
    }
    let mut depths: Vec<Option<usize>> = vec![None; nodes];
    let mut is_open = vec![false; nodes];
    for start in 0..nodes {
        let mut path = vec![start];
        while let Some(&node) = path.last() {
            is_open[node] = true;
            let below = needs.get(&node).map(Vec::as_slice).unwrap_or_default();
            if let Some(&next) = below.iter().find(|to| depths[**to].is_none() && !is_open[**to]) {
                path.push(next);
            } else {
                let deepest = below.iter().filter_map(|to| depths[*to]).max();
                depths[node] = Some(deepest.map_or(0, |depth| depth + 1));
                path.pop();
            }
        }
    }
    depths.into_iter().map(Option::unwrap_or_default).collect()
}

/// Orders each column by the mean height of those that its nodes are linked with on one side.
fn order(columns: &mut [Vec<usize>], edges: &[Edge], nodes: usize, to_the_right: bool) {
    let heights = heights(columns, nodes);
    let mut sums = vec![(0.0, 0.0); nodes];
    for edge in edges {
        let (node, other) = if to_the_right { (edge.from, edge.to) } else { (edge.to, edge.from) };
        sums[node].0 += heights[other];
        sums[node].1 += 1.0;
    }
    let mean = |node: usize| match sums[node] {
        (_, 0.0) => heights[node],
        (sum, count) => sum / count,
    };
    for column in columns {
        column.sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
    }
}

/// The height of each node from 0 to 1, with columns centred on each other.
fn heights(columns: &[Vec<usize>], nodes: usize) -> Vec<f64> {
    let mut heights = vec![0.5; nodes];
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
    for column in columns {
        let above = tallest - column.len();
        for (row, node) in column.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "rows are few")]
            let height = (2 * row + 1 + above) as f64 / (2 * tallest) as f64;
            heights[*node] = height;
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::super::EdgeKind;
    use super::*;

    fn edges(pairs: &[(usize, usize)]) -> Vec<Edge> {
        pairs.iter().map(|&(from, to)| Edge { from, to, kind: EdgeKind::DependsOn }).collect()
    }

    #[test]
    fn who_needs_others_stands_left_of_them_and_who_needs_nobody_below() {
        let layout = Layout::new(5, &edges(&[(0, 1), (1, 2), (3, 2)]));
        assert_eq!(layout.columns, [vec![0], vec![1, 3], vec![2]]);
        assert_eq!(layout.alone, [4]);
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let layout = Layout::new(4, &edges(&[(0, 3), (1, 2)]));
        let [left, right] = layout.columns.as_slice() else { panic!("{layout:?}") };
        assert_eq!(left == &[0, 1], right == &[3, 2], "{layout:?}");
    }

    #[test]
    fn a_circle_ends() {
        assert_eq!(Layout::new(2, &edges(&[(0, 1), (1, 0)])).columns.concat().len(), 2);
    }

    #[test]
    fn nothing_has_no_columns() {
        assert!(Layout::new(0, &[]).columns.is_empty());
    }
}
