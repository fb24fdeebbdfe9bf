"""Lay data out on a small grid so that neighbours on the grid are alike, a self-organizing map: Listings 7 to 12.

Ten colours, points in red, green and blue, order a grid of 4 x 4 nodes. The picture is saved as som.png in the current
folder, and shown where there is a screen.
"""
import numbers
import os
import sys
import warnings

os.environ.update({'TF_CPP_MIN_LOG_LEVEL': '3',  # TensorFlow reads these once: errors only,
                   'TF_NUM_INTEROP_THREADS': '-1', 'TF_NUM_INTRAOP_THREADS': '1'})  # small steps in this thread

import matplotlib.pyplot as plt
import numpy as np
import tensorflow.compat.v1 as tf

tf.logging.set_verbosity(tf.logging.ERROR)
tf.disable_v2_behavior()


# %% Listing 7: the map and its graph
# Each node of the grid has a vector, as long as a row of the data. Training moves the vectors.
class SOM:
    """A grid of nodes that training spreads over the data, neighbours on the grid staying neighbours in the data.

    Parameters
    ----------
    width, height : int
        Size of the grid, in nodes.
    dim : int
        Length of a node's vector, and of a row of the data. ValueError if one of the three is no whole number from 1.

    Attributes
    ----------
    nodes : tf.Variable, shape (width * height, dim)
        The vectors, the node at grid place (x, y) in row y * width + x; normal random at first, always the same.
    node_locs : tf.Tensor, shape (width * height, 2)
        The grid place of each node.
    x, iter : tf.placeholder
        A row of the data, and the number of the iteration, from 0.
    propagate_nodes : tf.Tensor
        One step of training: run it with `x` and `iter` fed.
    centroid_grid : list of lists, after `train`
        `centroid_grid[x][y]` is the vector of the node at grid place (x, y).
    nodes_val, locs_val : lists, after `train`
        The values of `nodes` and `node_locs`.
    """

    def __init__(self, width, height, dim):
        for size in (width, height, dim):
            if not isinstance(size, numbers.Integral) or size < 1:
                raise ValueError(f'width, height and dim must be whole numbers of at least 1, not {size!r}')
        self.num_iters = 100
        self.width = width
        self.height = height
        self.dim = dim
        self.node_locs = self.get_locs()

        nodes = tf.Variable(tf.random_normal([width * height, dim], seed=0))
        self.nodes = nodes

        x = tf.placeholder(tf.float32, [dim])
        iter = tf.placeholder(tf.float32)
        self.x = x
        self.iter = iter

        bmu_loc = self.get_bmu_loc(x)
        self.propagate_nodes = self.get_propagation(bmu_loc, x, iter)

    # Listing 8: pull the best match and its neighbours towards the input
    # The nearer a node is to the best match on the grid, the further it moves; all moves shrink as training goes on.
    def get_propagation(self, bmu_loc, x, iter):
        """The op that moves every node towards `x`: the nearer to `bmu_loc` on the grid, and the earlier, the more."""
        rate = 1.0 - iter / self.num_iters
        alpha = rate * 0.5
        sigma = rate * max(self.width, self.height) / 2.0
        sqr_dists_from_bmu = tf.reduce_sum(tf.square(tf.to_float(bmu_loc) - self.node_locs), 1)
        neigh_factor = tf.exp(-sqr_dists_from_bmu / (2 * tf.square(sigma)))
        rate_factor = tf.expand_dims(alpha * neigh_factor, 1)
        return tf.assign_add(self.nodes, rate_factor * (x - self.nodes))

    # Listing 9: find the best match
    # The best match is the node whose vector is nearest to the input.
    def get_bmu_loc(self, x):
        """The grid place [x, y] of the best matching unit (BMU), the node whose vector is nearest to `x`."""
        sqr_dists = tf.reduce_sum(tf.square(x - self.nodes), 1)
        bmu_idx = tf.argmin(sqr_dists, 0)
        return tf.stack([tf.mod(bmu_idx, self.width), tf.div(bmu_idx, self.width)])

    # Listing 10: the places of the grid
    # Distances on the grid are measured between these places.
    def get_locs(self):
        """[x, y] for each node (width * height x 2), x running fastest."""
        locs = [[x, y] for y in range(self.height) for x in range(self.width)]
        return tf.to_float(locs)

    # Listing 11: train
    # Every row is shown in every iteration. Then the vectors are laid out as the grid they belong to.
    def train(self, data):
        """Show the rows of `data` (rows x dim) to the map `num_iters` times, and keep what the nodes have become.

        ValueError if there is no row, or if the rows are not `dim` finite numbers each.
        """
        data = np.asarray(data, np.float32)
        if data.ndim != 2 or data.shape[1] != self.dim or not data.size or not np.isfinite(data).all():
            raise ValueError(f'expected rows of {self.dim} finite numbers, got an array of shape {data.shape} in which '
                             f'{np.count_nonzero(~np.isfinite(data))} numbers are not finite')
        with tf.Session() as sess:
            sess.run(self.nodes.initializer)
            for i in range(self.num_iters):
                for data_x in data:
                    sess.run(self.propagate_nodes, feed_dict={self.x: data_x, self.iter: i})
            self.nodes_val = list(sess.run(self.nodes))
            self.locs_val = list(sess.run(self.node_locs))
        centroid_grid = [[] for _ in range(self.width)]
        for node, loc in zip(self.nodes_val, self.locs_val):
            centroid_grid[int(loc[0])].append(node)
        self.centroid_grid = centroid_grid


# %% Listing 12: ten colours on a map of 4 x 4
# A colour is three numbers, red, green and blue, so the trained grid can be looked at as a picture.
colors = np.array([
    [0.0, 0.0, 1.0], [0.0, 0.0, 0.95], [0.0, 0.05, 1.0],  # blues
    [0.0, 1.0, 0.0], [0.0, 0.95, 0.0], [0.0, 1.0, 0.05],  # greens
    [1.0, 0.0, 0.0], [1.0, 0.05, 0.0], [1.0, 0.0, 0.05],  # reds
    [1.0, 1.0, 0.0]])  # yellow

som = SOM(4, 4, 3)

if __name__ == '__main__':
    som.train(colors)
    plt.axes(xlabel='y', ylabel='x', xticks=range(som.height), yticks=range(som.width))
    plt.imshow(som.centroid_grid)
    try:
        plt.savefig('som.png')
        print('The map is saved as som.png')
    except OSError as error:
        print('No picture:', error, file=sys.stderr)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # a machine without a screen says so
        plt.show()
