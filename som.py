"""Lay data out on a grid so that neighbours are alike: a self-organizing map (Listings 7 to 12).

Ten colours, points in red, green and blue, order a grid of 4 x 4 nodes. The picture is saved as
som.png in the current folder, and shown where there is a screen.
"""
import argparse
import numbers
import os
import sys
import warnings

os.environ.update({  # TensorFlow reads these once: errors only, and small steps in one thread
    'TF_CPP_MIN_LOG_LEVEL': '3', 'TF_NUM_INTEROP_THREADS': '-1', 'TF_NUM_INTRAOP_THREADS': '1'})

import matplotlib.pyplot as plt
import numpy as np
import tensorflow.compat.v1 as tf

tf.logging.set_verbosity(tf.logging.ERROR)
tf.disable_v2_behavior()


# %% Listing 7: the map and its graph
# Each node of the grid has a vector, as long as a row of the data. Training moves the vectors.
class SOM:
    """A grid of nodes that training spreads over the data, neighbours staying neighbours.

    `train` leaves `nodes_val`, `locs_val`, and `centroid_grid[x][y]`, the vector at place (x, y).

    Parameters
    ----------
    width, height, dim : int
        Size of the grid in nodes, and length of a node's vector and of a row of the data.

    Raises
    ------
    ValueError
        If one of them is not a whole number of at least 1.
    """

    def __init__(self, width, height, dim):
        for size in (width, height, dim):
            if not isinstance(size, numbers.Integral) or size < 1:
                raise ValueError(f'width, height, dim: whole numbers of at least 1, not {size!r}')
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

    # Listing 8: pull the neighbours of the best match towards the input
    # The nearer a node is to the best match, the further it moves; in time, all moves shrink.
    def get_propagation(self, bmu_loc, x, iter):
        """The op that moves each node towards `x`, by its distance from `bmu_loc` and by `iter`."""
        rate = 1.0 - tf.div(iter, self.num_iters)
        alpha = rate * 0.5
        sigma = rate * max(self.width, self.height) / 2.0
        expanded_bmu_loc = tf.expand_dims(tf.to_float(bmu_loc), 0)
        sqr_dists_from_bmu = tf.reduce_sum(
            tf.square(tf.subtract(expanded_bmu_loc, self.node_locs)), 1)
        neigh_factor = tf.exp(-tf.div(sqr_dists_from_bmu, 2 * tf.square(sigma)))
        rate = tf.multiply(alpha, neigh_factor)
        rate_factor = tf.expand_dims(rate, 1)
        nodes_diff = tf.multiply(rate_factor, tf.subtract(x, self.nodes))
        update_nodes = tf.add(self.nodes, nodes_diff)
        return tf.assign(self.nodes, update_nodes)

    # Listing 9: find the best matching unit (BMU)
    # It is the node whose vector is nearest to the input.
    def get_bmu_loc(self, x):
        """The grid place [x, y] of the best matching unit for the input `x`."""
        expanded_x = tf.expand_dims(x, 0)
        sqr_diff = tf.square(tf.subtract(expanded_x, self.nodes))
        dists = tf.reduce_sum(sqr_diff, 1)  # squared
        bmu_idx = tf.argmin(dists, 0)
        bmu_loc = tf.stack([tf.mod(bmu_idx, self.width), tf.div(bmu_idx, self.width)])
        return bmu_loc

    # Listing 10: the places of the grid
    # Distances on the grid are measured between these places.
    def get_locs(self):
        """[x, y] for each node (width * height x 2), x running fastest."""
        locs = [[x, y] for y in range(self.height) for x in range(self.width)]
        return tf.to_float(locs)

    # Listing 11: train
    # Every row is shown in every iteration. Then the vectors are laid out as the grid.
    def train(self, data):
        """Show each row of `data` (rows x dim) `num_iters` times; ValueError if it cannot work.

        `num_iters` is changed in the constructor, since the graph is built with it.
        """
        data = np.asarray(data, float)
        wrong = np.count_nonzero(~(np.abs(data) < 1e15))  # its square would overflow, or it is NaN
        if data.ndim != 2 or data.shape[1] != self.dim or not data.size or wrong:
            raise ValueError(f'expected rows of {self.dim} numbers between -1e15 and 1e15, got an '
                             f'array of shape {data.shape} with {wrong} that are not')
        with tf.Session(graph=self.nodes.graph) as sess:
            sess.run(self.nodes.initializer)
            for i in range(self.num_iters):
                for data_x in data:
                    sess.run(self.propagate_nodes, feed_dict={self.x: data_x, self.iter: i})
            centroid_grid = [[] for i in range(self.width)]
            self.nodes_val = list(sess.run(self.nodes))
            self.locs_val = list(sess.run(self.node_locs))
            for i, l in enumerate(self.locs_val):
                centroid_grid[int(l[0])].append(self.nodes_val[i])
            self.centroid_grid = centroid_grid


# %% Listing 12: ten colours on a map of 4 x 4
# A colour is three numbers, red, green and blue, so the trained grid can be shown as a picture.
colors = np.array([
    [0.0, 0.0, 1.0], [0.0, 0.0, 0.95], [0.0, 0.05, 1.0],  # blues
    [0.0, 1.0, 0.0], [0.0, 0.95, 0.0], [0.0, 1.0, 0.05],  # greens
    [1.0, 0.0, 0.0], [1.0, 0.05, 0.0], [1.0, 0.0, 0.05],  # reds
    [1.0, 1.0, 0.0]])  # yellow

som = SOM(4, 4, 3)

if __name__ == '__main__':
    if os.path.realpath(sys.argv[0]) == os.path.realpath(globals().get('__file__', 'a notebook')):
        argparse.ArgumentParser(description=__doc__).parse_args()
    som.train(colors)
    plt.imshow(som.centroid_grid)
    plt.gca().set(xlabel='y', ylabel='x')
    plt.locator_params(integer=True)
    try:
        plt.savefig('som.png')
        print('The map is saved as som.png')
    except Exception as error:  # no permission, a full disk: the map is shown all the same
        print(f'No picture som.png: {error!r}', file=sys.stderr)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # a machine without a screen says so
        plt.show()
